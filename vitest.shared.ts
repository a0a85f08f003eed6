/** The common part of the two Vitest projects (Node and browser). */

/** Workspace imports resolve to `src` by this export condition, for types, in a page, and in a package's own tests. */
export const sourceCondition = '@spikeward/source'

export const testFiles = [
  '{packages,apps,examples}/*/test/**/*.test.ts',
  'studies/test/**/*.test.ts',
  'docs/test/**/*.test.ts',
  'scripts/test/**/*.test.ts',
]

/**
 * Tests that have a process of their own. All others share one, since to load the modules again for each file takes
 * longer than most tests: they leave its environment, folder, clock and globals as they found them, which
 * `scripts/lib/vitest/leavesNoTrace.ts` checks.
 */
export const isolatedTests = [
  // They mock modules, of Node too.
  'packages/core/test/node/writeWhole.test.ts',
  'packages/problems/test/node/unreadable.test.ts',
  'packages/train/test/node/{oldClaim,refusedWrites}.test.ts',
  'apps/cli/test/training/fullDisk.test.ts',
  // Their expectations depend on what the process has loaded, measured or collected before.
  'packages/backend-native/test/{addon,lifetime/*}.test.ts',
  'packages/backend-webgpu/test/{contract,halves,noAdapter}.test.ts',
  'packages/train/test/fit/defaultBackend.test.ts',
  'apps/cli/test/training/{auto,native}.test.ts',
  // They start servers or programs, or replace globals for the whole file.
  'packages/backend-cpu/test/threads/threads.test.ts',
  'packages/queue/test/**/*.test.ts',
  'packages/distributed/test/{bits,communicators,launcher,loaded}.test.ts',
  'apps/bench/test/{distributed,speed/peers}.test.ts',
  'packages/export/test/languages.test.ts',
  'apps/cli/test/{export/onnx,ranks/ranks,schedule/processes,plugins/examples}.test.ts',
  'apps/create-spikeward/test/*.test.ts',
  'apps/soak/test/{corpus,soak}.test.ts',
  'docs/test/{cdn,programs,runtimes}.test.ts',
]

/** Tests that run in a real browser only. */
export const browserOnly = '{packages,apps,examples}/*/test/**/*.browser.test.ts'

/** Tests that need nothing of Node and run in both places; the browser project takes them from here. */
export const alsoInBrowser: string[] = ['packages/train/test/fit/defaultBackend.test.ts']

/** Vitest's own, and why tests are skipped. A command that names reporters names them all. */
export const reporters = ['default', './scripts/lib/vitest/skipReporter.mjs']

/** A test fails by what it computes, not by how busy the machine is: these only end one that hangs. */
export const timeouts = {
  testTimeout: 600_000,
  hookTimeout: 600_000,
  teardownTimeout: 120_000,
  expect: { poll: { timeout: 300_000, interval: 50 } },
}
