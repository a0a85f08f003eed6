/** What `all` runs: command lines, each a file of its own, so that each can be had again by itself. */

/** A command line of the suite. `seconds`: about how long it takes on two quiet cores. */
export type SuiteRow = { readonly name: string; readonly args: readonly string[]; readonly seconds: number }

const row = (name: string, seconds: number, line: string): SuiteRow => ({ name, seconds, args: line.split(' ') })

/** The full suite. */
export const full: readonly SuiteRow[] = [
  row('step-cpu-1-thread', 90, 'step --backend cpu --threads 1'),
  row('step-cpu-2-threads', 5, 'step --backend cpu --threads 2 --peers none'),
  row('step-native', 90, 'step --backend native --threads 1 --peers torch'),
  row('step-native-2-threads', 5, 'step --backend native --threads 2 --peers none'),
  row('step-native-k8', 120, 'step --backend native --threads 1 --directions 8 --peers torch'),
  row('table-cpu', 30, 'table --backend cpu'),
  row('table-native', 20, 'table --backend native'),
  row('memory-cpu', 60, 'memory --backend cpu'),
  row('scaling-native', 240, 'scaling --backend native'),
  row('peers', 420, 'peers'),
  row('accuracy-mexican-hat', 400, 'accuracy'),
  {
    name: 'accuracy-mexican-hat-200',
    seconds: 60,
    args: ['accuracy', '--estimators', 'gaussNewton', '--seconds', '5', '--options', '--hidden 200 --time 64'],
  },
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
