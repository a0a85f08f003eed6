/**
 * The requirements on reliability, and the evidence for each: parts of the soak, and tests. `npm test` runs the tests;
 * verify.mjs stores how many there are, with their figures.
 *
 * @typedef {{
 *   readonly what: string,
 *   readonly parts: readonly string[],
 *   readonly tests: readonly string[],
 * }} Requirement
 */

/** @type {readonly Requirement[]} */
export const requirements = [
  {
    what: 'a worker that ends while native compiles, runs or disposes does not end the process',
    parts: ['terminations'],
    tests: ['packages/backend-native/test/lifetime/terminate.test.ts'],
  },
  {
    what: 'one holder of a run folder, also between hosts',
    parts: ['claims'],
    tests: [
      'packages/train/test/node/claimRounds.test.ts',
      'packages/train/test/node/claim.test.ts',
      'packages/train/test/node/oldClaim.test.ts',
      'packages/train/test/node/hostileFolder.test.ts',
    ],
  },
  {
    what: 'small files that stall or exhaust memory: budgets in proportion to their size',
    parts: ['files', 'hdf5Files', 'nir'],
    tests: [
      'packages/problems/test/budget.test.ts',
      'packages/problems/test/clock.test.ts',
      'packages/problems/test/hdf5Failure.test.ts',
      'packages/problems/test/node/unreadable.test.ts',
      'packages/problems/test/node/mesh.test.ts',
      'packages/problems/test/triangleBuckets.test.ts',
      'packages/problems/test/equations/limits.test.ts',
      'packages/nir/test/hdf5/damaged.test.ts',
      'packages/nir/test/hdf5/library.test.ts',
      'packages/nir/test/node/readNirFile.test.ts',
      'packages/nir/test/mlp/hostileMetadata.test.ts',
      'packages/chip/test/trace/damaged.test.ts',
      'packages/core/test/parseJson.test.ts',
      'packages/experiment/test/equations/refusedFiles.test.ts',
      'apps/soak/test/corpus.test.ts',
    ],
  },
  {
    what: 'a full disk: a code, whole files, the last good checkpoint named',
    parts: ['diskFull'],
    tests: [
      'apps/cli/test/training/interrupt.test.ts',
      'packages/train/test/node/refusedWrites.test.ts',
      'packages/core/test/node/fileErrors.test.ts',
      'packages/core/test/node/makeFolder.test.ts',
      'packages/core/test/node/readIfThere.test.ts',
      'scripts/test/wholeFiles.test.ts',
    ],
  },
  {
    what: 'memory counted before a run',
    parts: [],
    tests: ['apps/cli/test/usage/memory.test.ts'],
  },
  {
    what: 'expressions: limits, numbers of arguments, short echoes',
    parts: [],
    tests: [
      'packages/experiment/test/parseFormula.test.ts',
      'apps/cli/test/usage/printable.test.ts',
      'apps/soak/test/corpus.test.ts',
    ],
  },
  {
    what: 'plug-ins that throw, reject, never settle, return invalid values, or are named by a file alone',
    parts: [],
    tests: [
      'apps/cli/test/plugins/plugins.test.ts',
      'apps/cli/test/plugins/namedInFile.test.ts',
      'apps/cli/test/hardware/ownDeviceEstimator.test.ts',
    ],
  },
  {
    what: 'malformed calls; `--seconds` under load; memory of backends that are made and disposed',
    parts: ['backends'],
    tests: [
      'packages/testkit/test/malformed.test.ts',
      'packages/core/test/tensor/wrongArguments.test.ts',
      'apps/cli/test/training/timeBudget.test.ts',
      'packages/backend-native/test/lifetime/collected.test.ts',
    ],
  },
  {
    what: '`resume` on another backend, and with another number of threads',
    parts: [],
    tests: ['apps/cli/test/training/interrupt.test.ts'],
  },
  {
    what: 'the soak command and its corpus',
    parts: ['kills', 'programs', 'webgpuPrograms', 'steps'],
    tests: ['apps/soak/test/soak.test.ts', 'apps/soak/test/corpus.test.ts'],
  },
  {
    what: 'errors of operations, order of sums, NaN, infinities and subnormal numbers; `--check`',
    parts: [],
    tests: [
      'apps/soak/test/accuracy.test.ts',
      'packages/backend-native/test/lifetime/threads.test.ts',
      'packages/train/test/checkStep.test.ts',
      'apps/cli/test/training/check.test.ts',
    ],
  },
  {
    what: 'files of earlier versions',
    parts: [],
    tests: ['apps/cli/test/training/compatibility.test.ts', 'packages/train/test/checkpointVersion.test.ts'],
  },
  {
    what: 'licences, install scripts, workflows, provenance, bill of materials; the threat model: queues, addresses of pages, the environment',
    parts: [],
    tests: [
      'scripts/test/release/licences.test.ts',
      'scripts/test/release/installScripts.test.ts',
      'scripts/test/release/workflows.test.ts',
      'scripts/test/manifestExports.test.ts',
      'packages/queue/test/hostile.test.ts',
      'packages/experiment/test/schedule/tasks.test.ts',
      'apps/demo/test/settings.test.ts',
      'packages/core/test/node/cacheFolder.test.ts',
    ],
  },
]

/** The commit that gave claims an identity, which every write to a run folder reads, and its time. */
const identity = { since: '2026-11-26T23:04:05Z', by: '0ea2557f' }

/** The last commits that changed what a compiled program computes with, on processors and on WebGPU, and when tests of them began. */
const kernels = { since: '2026-11-27T16:05:00Z', by: '41e015f2' }
const shaders = { since: '2026-11-27T03:36:00Z', by: '56c68708' }

/**
 * Parts whose earlier sessions tested older code: when the code changed, by which commit, and what the later sessions test.
 *
 * @type {Readonly<Record<string, { readonly since: string, readonly by?: string, readonly what: string }>>}
 */
export const changed = {
  claims: { ...identity, what: 'with claims that know their own file' },
  diskFull: { ...identity, what: 'with writers that read their claim, and give every refusal of the system a code' },
  files: { since: '2026-11-26T13:37:00Z', what: 'with readers that watch their clock within arrays' },
  hdf5Files: { since: '2026-11-26T17:06:00Z', what: 'with readers that refuse what fails in the HDF5 library' },
  kills: { ...identity, what: 'with writers that read their claim, refuse links and give coded errors' },
  programs: { ...kernels, what: 'with the present kernels and passes' },
  steps: { since: '2026-11-26T20:26:33Z', by: 'd6c4e3b6', what: 'with a `fit` that checks its options' },
  terminations: { ...kernels, what: 'with the present native kernels' },
  webgpuPrograms: { ...shaders, what: 'with the present kernels and passes' },
}
