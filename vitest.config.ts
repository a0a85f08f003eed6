/** Tests in Node: `npx vitest run packages/core`. */
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { browserOnly, sourceCondition, testFiles, timeouts } from './vitest.shared.js'

const conditions = [sourceCondition, 'module', 'node', 'development|production']
const cores = availableParallelism()

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: [sourceCondition, 'node'] } },
  test: {
    ...timeouts,
    name: 'node',
    environment: 'node',
    include: testFiles,
    // Files that tests store between runs, such as data sets, are separate from the user's.
    env: { XDG_CACHE_HOME: join(tmpdir(), 'spikeward-test-cache') },
    exclude: ['**/node_modules/**', browserOnly],
    setupFiles: process.env['TEST_CPU_TIMES'] === undefined ? [] : ['./scripts/lib/cpuTimes.ts'],
    // The default leaves one core free: of two, one.
    maxWorkers: Math.max(Math.min(2, cores), cores - 1),
  },
})
