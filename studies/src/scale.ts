/** Error against depth, width, time steps and directions, each estimator at the best rate of its own search. */
import { type CompareSettings, type TrainOptions, compare, hasLearned, pairedTo } from '@spikeward/experiment'
import { openTrials } from '@spikeward/experiment/node'
import { lineChartSpec } from '@spikeward/plots'
import { sampleMean } from '@spikeward/train'
import { type Study, type StudyRun, columns, digits, ioOf, meanSpread, optionsOf, ratioText, titled } from './tools.js'

const STEPS = 300
/** Keys of the reported runs, which no search uses. */
const KEYS = { first: 401, count: 10 }

/** Neurons of a layer. */
const WIDTHS = [8, 16, 32, 64, 128, 256]
/** Time steps. */
const TIMES = [4, 8, 16, 32, 64]

const LABELS = {
  bp: 'bp',
  weights: 'rateBackpropagation',
  mirror: 'rateBackpropagation(transport=weightMirror)',
} as const
const deep = [LABELS.bp, LABELS.weights, LABELS.mirror]

/** The sizes that vary. */
type Axis = 'hidden layers' | 'hidden layers, residual' | 'neurons of a layer' | 'T' | 'K'

/** One row: an estimator on a network. Errors are relative L2 on the test split, by key. */
interface ScaleRow {
  readonly problem: string
  readonly axis: Axis
  readonly value: number
  readonly estimator: string
  readonly rate: number
  /** Whether no smaller or no larger rate was tried. */
  readonly atEdge: boolean
  readonly errors: readonly (number | null)[]
  readonly untrained: readonly (number | null)[]
  /** Geometric mean over keys of the error ÷ that of bp with the same key, and its interval at 95%. */
  readonly byBp: { readonly ratio: number; readonly low: number; readonly high: number } | null
  /**
   * Errors of `randomSign` of random directions, at the same rate and keys; null for other estimators. Absent: an
   * earlier run.
   */
  readonly randomSign?: readonly (number | null)[] | null
}

/** The rows of a study. */
type ScaleResult = { readonly steps: number; readonly rows: readonly ScaleRow[] }

/** One network, and the estimators that train it. */
type Cell = Pick<ScaleRow, 'problem' | 'axis' | 'value'> & {
  readonly estimators: readonly string[]
  readonly options: Partial<TrainOptions>
}

/** The widths of hidden layers. */
const layers = (depth: number, width = 64): number[] => Array.from({ length: depth }, () => width)

/** The layers of the hat, or of a spiking branch of principal components for Burgers' operator. */
const networkOf = (problem: string, hidden: readonly number[]): Partial<TrainOptions> =>
  problem === 'mexican-hat'
    ? { hidden }
    : {
        ...{ network: 'pod-deeponet', spiking: 'branch', branch: hidden, features: 50 },
        ...{ declared: { components: 10, gain: 1 }, amplitude: 'none', sizes: [500, 100, 100] },
      }

/** The networks along one axis. */
const along = (
  axis: Axis,
  values: readonly number[],
  estimators: readonly string[],
  options: (value: number) => Partial<TrainOptions>,
  problem = 'mexican-hat',
): Cell[] => values.map((value) => ({ problem, axis, value, estimators, options: options(value) }))

function cells(quick: boolean): readonly Cell[] {
  const hat = 'mexican-hat'
  const depth = (problem: string, values: readonly number[]): Cell[] =>
    along('hidden layers', values, deep, (n) => networkOf(problem, layers(n)), problem)
  if (quick) return along('neurons of a layer', [16], deep, (n) => ({ hidden: layers(2, n), time: 8, batch: 64 }))
  const residual = (problem: string, values: readonly number[]): Cell[] =>
    along(
      'hidden layers, residual',
      values,
      deep,
      (n) => {
        const { declared, ...options } = networkOf(problem, layers(n))
        return { ...options, residual: true, declared: { ...declared, resetDetached: false } }
      },
      problem,
    )
  return [
    ...depth(hat, [2, 3, 5, 8]),
    ...residual(hat, [8, 16]),
    ...depth('burgers', [2, 3, 5, 8]),
    ...residual('burgers', [16]),
    ...along('neurons of a layer', WIDTHS, [LABELS.bp, LABELS.weights], (n) => ({ hidden: layers(2, n) })),
    ...along('T', TIMES, [LABELS.weights], (time) => ({ hidden: layers(2), time })),
  ]
}

/** Searches the rate of each estimator on the validation split, and measures it on the test split with fresh keys. */
async function measure(
  { estimators, options, ...cell }: Cell,
  study: StudyRun,
  { name, keys }: { readonly name: string; readonly keys: number },
): Promise<readonly ScaleRow[]> {
  const io = ioOf(study)
  const settings: CompareSettings = {
    problem: cell.problem,
    specs: estimators.map((estimator) => ({ label: estimator, estimator, options: {} })),
    ...{ budgets: [study.quick ? 40 : STEPS], unit: 'steps', rates: study.quick ? 3 : 5, share: 1, baselines: 'all' },
    ...{ key: KEYS.first, keys: study.quick ? 2 : keys },
    common: optionsOf(study, { time: 32, batch: 256, readoutSolve: 0, learningRate: 1e-2, ...options }),
  }
  const trials = await openTrials(`runs/studies/${name}${study.quick ? '-quick' : ''}`, io, true, 0)
  const rows = (await compare(settings, trials, io)).filter((row) => row !== null)
  trials.close()
  return rows.map((row): ScaleRow => {
    const errors = row.trials.map((t) => t.relativeL2)
    study.log(`${cell.problem}, ${cell.axis} ${cell.value}, ${row.label}: ${meanSpread(errors)}`)
    const paired = rows.some(({ label }) => label === LABELS.bp) ? (pairedTo(row, rows)?.paired ?? null) : null
    const { learningRate: rate, atEdge } = row.search
    const byBp = paired === null ? null : { ratio: paired.ratio, low: paired.low, high: paired.high }
    const untrained = row.trials.map((t) => t.baselines.untrained)
    const signs = row.trials.map((t) => t.baselines.randomSign)
    const randomSign = signs.every((error) => error === null) ? null : signs
    return { ...cell, estimator: row.label, rate, atEdge, errors, untrained, byBp, randomSign }
  })
}

/** The rows of networks, cell by cell. */
async function rowsOf(
  networks: readonly Cell[],
  study: StudyRun,
  how: { readonly name: string; readonly keys: number },
): Promise<ScaleResult> {
  const rows: ScaleRow[] = []
  for (const cell of networks) rows.push(...(await measure(cell, study, how)))
  return { steps: study.quick ? 40 : STEPS, rows }
}

/** The exponent b of error = a x^b, by least squares of the logarithms; null for fewer than three points. */
export function exponentOf(points: readonly { readonly x: number; readonly y: number }[]): number | null {
  if (new Set(points.map(({ x }) => x)).size < 3) return null
  const logs = points.map(({ x, y }) => [Math.log(x), Math.log(y)] as const)
  const [mx, my] = [sampleMean(logs.map(([x]) => x)), sampleMean(logs.map(([, y]) => y))]
  return sampleMean(logs.map(([x, y]) => (x - mx) * (y - my))) / sampleMean(logs.map(([x]) => (x - mx) ** 2))
}

/** The mean error of a row. */
export const meanOf = ({ errors }: ScaleRow): number => sampleMean(errors.map((e) => e ?? Number.NaN))

function exponents(rows: readonly ScaleRow[]): string[][] {
  const groups = new Map<string, ScaleRow[]>()
  for (const row of rows) {
    const name = [row.problem, row.axis, row.estimator].join('; ')
    groups.set(name, [...(groups.get(name) ?? []), row])
  }
  return [...groups].flatMap(([name, own]) => {
    const b = exponentOf(own.map((row) => ({ x: row.value, y: meanOf(row) })))
    return b === null || own[0]!.axis.startsWith('hidden') ? [] : [[...name.split('; '), digits(b, 2)]]
  })
}

/** The table of errors, with the columns of a study between the errors and the rate, and that of the exponents. */
const scaleTable = (
  { steps, rows }: ScaleResult,
  keys: string,
  own: Readonly<Record<string, (row: ScaleRow) => string>>,
): string =>
  [
    titled(
      `Relative L2 on the test split after ${steps} steps, mean and spread over ${keys} keys`,
      columns(rows, {
        problem: (row) => row.problem,
        axis: (row) => row.axis,
        '': (row) => String(row.value),
        estimator: (row) => `\`${row.estimator}\``,
        error: (row) => meanSpread(row.errors),
        ...own,
        'untrained, readout solved': (row) => meanSpread(row.untrained),
        rate: (row) => `${row.rate}${row.atEdge ? ' (edge of the search)' : ''}`,
      }),
      'T = 32, batch 256. Each search tries rates half a decade apart, at full length, with a key of its own on the validation split.',
    ),
    titled('Exponents b of the fit error = a · x^b', [['problem', 'x', 'estimator', 'b'], ...exponents(rows)]),
  ].join('\n\n')

/** Error against the size of a network. */
export const scale: Study<ScaleResult> = {
  name: 'scale',
  summary: 'error against depth, width and T, each estimator at the best rate of its own search',
  run: (study) => rowsOf(cells(study.quick), study, { name: 'scale', keys: KEYS.count }),
  table: (result) =>
    scaleTable(result, 'five to ten', {
      '÷ bp (95% interval)': (row) => (row.byBp === null ? '' : ratioText(row.byBp)),
    }),
  figures({ rows }) {
    const figure = (axis: Axis, title: string, log: boolean) => {
      const own = rows.filter((row) => row.problem === 'mexican-hat' && row.axis === axis)
      const points = own.map((row) => ({ x: row.value, y: meanOf(row), line: row.estimator }))
      return lineChartSpec({ points, x: { title, log }, y: { title: 'relative L2', log: true } })
    }
    return {
      'how-it-scales': figure('hidden layers', 'hidden layers', false),
      'scale-neurons': figure('neurons of a layer', 'neurons of a layer', true),
      'scale-time': figure('T', 'T', true),
    }
  },
  finding({ steps, rows }) {
    const at = (estimator: string): string => {
      const row = rows.find(
        (r) => r.problem === 'mexican-hat' && r.axis === 'hidden layers' && r.value === 3 && r.estimator === estimator,
      )
      return digits(row === undefined ? null : meanOf(row))
    }
    return `With three hidden layers of 64 the Mexican hat is learned to a relative L2 error of ${at(LABELS.weights)} by \`rateBackpropagation\` and of ${at(LABELS.bp)} by back-propagation (${steps} steps).`
  },
}

const EIGHT = ['rfg(directions=8)']

const counts = (values: readonly number[]) =>
  along('K', values, ['rfg'], (directions) => ({ hidden: [64], declared: { directions } }))

/** Whether a row lies below the untrained networks and below random signs by more than the spread. */
function verdict({ errors, untrained, randomSign }: ScaleRow): string {
  const learned = hasLearned(errors, [untrained, randomSign ?? errors.map(() => null)])
  return learned === null ? '–' : learned ? 'yes' : 'no'
}

/** Error of random directions. */
export const directions: Study<ScaleResult> = {
  name: 'directions',
  summary: 'error of random directions against their number, width and T, beside random signs at the same rate',
  run(study) {
    const networks = study.quick
      ? counts([4])
      : [
          ...along('neurons of a layer', WIDTHS, EIGHT, (n) => ({ hidden: layers(2, n) })),
          ...along('T', TIMES, EIGHT, (time) => ({ hidden: layers(2), time })),
          ...counts([1, 4, 16, 64, 256, 1024]),
        ]
    return rowsOf(networks, study, { name: 'directions', keys: 5 })
  },
  table: (result) =>
    scaleTable(result, 'five', {
      'random signs': (row) => meanSpread(row.randomSign ?? []),
      learned: verdict,
    }),
  figures({ rows }) {
    const lines = { rfg: 'errors', 'random signs': 'randomSign', 'untrained, readout solved': 'untrained' } as const
    const points = rows
      .filter(({ axis }) => axis === 'K')
      .flatMap((row) =>
        Object.entries(lines).map(([line, errors]) => ({
          ...{ x: row.value, line },
          y: sampleMean((row[errors] ?? []).map((e) => e ?? Number.NaN)),
        })),
      )
    const x = { title: 'K', log: true }
    return { 'scale-directions': lineChartSpec({ points, x, y: { title: 'relative L2', log: true } }) }
  },
}
