/**
 * What was asked of reliability, line by line: how it is shown, by which parts of the soak and which tests, and figures
 * of the tests. `npm test` runs the tests.
 *
 * @typedef {{
 *   readonly what: string,
 *   readonly parts: readonly string[],
 *   readonly tests: readonly string[],
 *   readonly figure: string,
 * }} Requirement
 */

/** @type {readonly Requirement[]} */
export const requirements = [
  {
    what: 'a worker that ends while native compiles, runs or disposes does not end the process',
    parts: ['terminations'],
    tests: ['packages/backend-native/test/lifetime/terminate.test.ts'],
    figure: '34 on each instruction set in the test',
  },
  {
    what: 'one holder of a run folder, also between hosts',
    parts: ['claims'],
    tests: ['packages/train/test/node/claimRounds.test.ts', 'packages/train/test/node/oldClaim.test.ts'],
    figure:
      'the last 15,750 of them with several hosts and the present claim code, 10,000 of a clean commit; 40 rounds in the test, where half of the takers believe they are on other hosts',
  },
  {
    what: 'small files that stall or exhaust memory: budgets in proportion to their size',
    parts: ['files', 'hdf5Files', 'nir'],
    tests: [
      'packages/problems/test/budget.test.ts',
      'packages/problems/test/clock.test.ts',
      'packages/problems/test/hdf5Failure.test.ts',
      'packages/nir/test/hdf5/damaged.test.ts',
      'apps/soak/test/corpus.test.ts',
    ],
    figure:
      '2,000,000 rows of one digit in 4 MB: about 0.7 s and 80 MiB, before 8 s and 1.2 GiB (measured once by hand, not stored)',
  },
  {
    what: 'a full disk: a code, whole files, the last good checkpoint named',
    parts: ['diskFull'],
    tests: ['apps/cli/test/training/interrupt.test.ts', 'scripts/test/wholeFiles.test.ts'],
    figure: 'five files write by other means than whole, each for a stated reason',
  },
  {
    what: 'memory counted before a run',
    parts: [],
    tests: ['apps/cli/test/usage/memory.test.ts'],
    figure: '5 runs: measured at most 1.25 times the count, the count at most 4 times what was measured',
  },
  {
    what: 'expressions: limits, numbers of arguments, short echoes',
    parts: [],
    tests: ['apps/cli/test/parseFormula.test.ts', 'apps/soak/test/corpus.test.ts'],
    figure: 'readers below, row `expression`',
  },
  {
    what: 'plug-ins that throw, reject, never settle or return invalid values',
    parts: [],
    tests: ['apps/cli/test/plugins/plugins.test.ts'],
    figure: '36 faulty plug-ins, none with a bare error',
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
    figure: '4,806 calls of `compile` on each backend, none without a code',
  },
  {
    what: '`resume` on another backend, and with another number of threads',
    parts: [],
    tests: ['apps/cli/test/training/interrupt.test.ts'],
    figure: '1 and 2 threads, the same bits',
  },
  {
    what: 'the soak command and its corpus',
    parts: ['kills', 'files', 'hdf5Files', 'programs', 'webgpuPrograms', 'steps'],
    tests: ['apps/soak/test/soak.test.ts', 'apps/soak/test/corpus.test.ts'],
    figure: 'figures above',
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
    figure: '`--check` on a function, an operator and an equation, each right and with a planted fault',
  },
  {
    what: 'files of earlier versions',
    parts: [],
    tests: ['apps/cli/test/training/compatibility.test.ts', 'packages/train/test/checkpointVersion.test.ts'],
    figure:
      '5 runs of 2 formats resumed to the bits of the run that never stopped; 20 outputs of a NIR network, to the bit',
  },
  {
    what: 'licences, install scripts, workflows, provenance, bill of materials',
    parts: [],
    tests: [
      'scripts/test/release/licences.test.ts',
      'scripts/test/release/installScripts.test.ts',
      'scripts/test/release/workflows.test.ts',
      'scripts/test/manifestExports.test.ts',
    ],
    figure: '`npm run release:dry` writes the bill of materials, the licences and the audit; nothing is published yet',
  },
]
