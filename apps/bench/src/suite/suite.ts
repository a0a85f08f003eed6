/** What `all` runs: command lines, each a file of its own, so that each can be had again by itself. */

/** A command line of the suite. `seconds`: about how long it takes on two quiet cores. */
export type SuiteRow = { readonly name: string; readonly args: readonly string[]; readonly seconds: number }

const row = (name: string, seconds: number, line: string): SuiteRow => ({ name, seconds, args: line.split(' ') })

/** A row with options of `spikeward train`, which stay one argument. */
const withOptions = (name: string, seconds: number, line: string, options: string): SuiteRow => ({
  name,
  seconds,
  args: [...line.split(' '), '--options', options],
})

/** Keys that no setting was chosen by. */
const keys = '31,32,33,34,35'

/** Accuracy that is reached within a minute. */
const sought = `accuracy --keys ${keys} --seconds 55 --estimators`

/** The full suite. */
export const full: readonly SuiteRow[] = [
  row('step-cpu-1-thread', 90, 'step --backend cpu --threads 1'),
  row('step-cpu-2-threads', 5, 'step --backend cpu --threads 2 --peers none'),
  row('step-native', 90, 'step --backend native --threads 1 --peers torch'),
  row('step-native-2-threads', 5, 'step --backend native --threads 2 --peers none'),
  row('step-native-k8', 120, 'step --backend native --threads 1 --directions 8 --peers torch'),
  row('step-native-triangular', 60, 'step --backend native --threads 1 --surrogate triangular --peers torch'),
  row('step-native-4096', 120, 'step --backend native --threads 1 --batch 4096 --time 32 --peers torch'),
  row('step-native-bp', 60, 'step --backend native --threads 1 --estimator bp --peers torch'),
  row('table-cpu', 30, 'table --backend cpu'),
  row('table-native', 20, 'table --backend native'),
  row('memory-cpu', 60, 'memory --backend cpu'),
  row('scaling-native', 240, 'scaling --backend native'),
  row('peers', 420, 'peers'),
  row('accuracy-mexican-hat', 200, `accuracy --keys ${keys} --estimators bp,eligibility,rfg,rfg/layerwise`),
  withOptions('accuracy-mexican-hat-solve', 560, `${sought} rfg,gaussNewton`, '--hidden 200 --time 64 --readout-solve 20'),
  withOptions('accuracy-mexican-hat-activity', 280, `${sought} activity`, '--hidden 400 --time 64 --learning-rate 3e-3'),
  withOptions('accuracy-mexican-hat-spsa', 280, `${sought} spsa`, '--hidden 200 --time 64'),
  row('grid-native', 120, 'grid'),
  row('roofline-native', 40, 'roofline --backend native'),
  row('roofline-cpu', 60, 'roofline --backend cpu'),
]

/** The same in little: every command, in a few minutes. */
export const quick: readonly SuiteRow[] = [
  row('step', 15, 'step --quick'),
  row('table', 10, 'table --quick'),
  row('memory', 5, 'memory --quick'),
  row('scaling', 20, 'scaling --quick'),
  row('peers', 120, 'peers --quick'),
  row('accuracy', 60, 'accuracy --quick'),
  row('grid', 20, 'grid --quick'),
  row('roofline', 30, 'roofline --quick'),
]
