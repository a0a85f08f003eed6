/** Tests in Node: `npx vitest run packages/core`. */
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { optimisingLate } from './scripts/lib/setup.mjs'
import { LongestFirst } from './scripts/lib/vitest/longestFirst.js'
import { bundles, packageBundles } from './scripts/lib/vitest/packageBundles.js'
import { swiftShader } from './scripts/lib/vitest/swiftShader.js'
import { browserOnly, isolatedTests, reporters, testFiles, timeouts } from './vitest.shared.js'

const cores = availableParallelism()
const exclude = ['**/node_modules/**', browserOnly]
const times = process.env['TEST_CPU_TIMES'] === undefined ? [] : ['./scripts/lib/vitest/cpuTimes.ts']
/** Libraries that the processes of the tests load first, but not Vitest's own. */
const preloaded = process.env['SPIKEWARD_PRELOAD']

export default defineConfig({
  plugins: [packageBundles()],
  test: {
    ...timeouts,
    environment: 'node',
    env: {
      NODE_OPTIONS: optimisingLate(),
      // A software renderer compiles most shaders for a few dispatches: to optimise them takes longer than to run them.
      ...swiftShader(),
      GALLIVM_PERF: 'nopt',
      // Benchmarks take as few steps as they can.
      BENCH_ROUND_MS: '0',
      ...(preloaded === undefined ? {} : { LD_PRELOAD: preloaded }),
    },
    server: { deps: { external: [bundles] } },
    globalSetup: ['./scripts/lib/vitest/ensureBundled.ts', './scripts/lib/vitest/temporaryFolder.ts'],
    // Of two cores, one is free while a test waits for a page, a process or a time limit: a third worker takes it.
    // One core has two workers for the same reason, and of more than three cores one is left for other processes.
    maxWorkers: Math.min(cores + 1, Math.max(3, cores - 1)),
    reporters,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: { name: 'isolated', include: isolatedTests, exclude, setupFiles: times },
      },
      {
        extends: true,
        test: {
          ...{ name: 'shared', include: testFiles, exclude: [...exclude, ...isolatedTests], isolate: false },
          setupFiles: [...times, './scripts/lib/vitest/leavesNoTrace.ts'],
        },
      },
    ],
  },
})
