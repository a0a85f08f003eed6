/** The data of the classical baselines: rows of numbers, whether they are functions or points. */
import { SpikewardError, meanRelativeL2, relativeL2 } from '@spikeward/core'
import type { OperatorData, OperatorProblem, PointSet, RegressionProblem, WindowShape } from '@spikeward/core'

/** Pairs of rows: x is [count, inputs], y is [count, outputs], row-major, in double precision. */
export type Rows = { readonly x: Float64Array; readonly y: Float64Array; readonly count: number }

/** Rows to learn from, to choose settings by, and to report on. */
export type BaselineData = {
  readonly train: Rows
  readonly validation: Rows
  readonly test: Rows
  /** Numbers of inputs that have one unit, in the order of the columns of x: they are divided by one scale. */
  readonly units: readonly number[]
  /** The relative L2 error of predictions: `perRow` for an operator, the mean over functions; `pooled` for points. */
  readonly error: 'perRow' | 'pooled'
  /** Whether the outputs of a row are 1 for its class and 0 for others. Default false. */
  readonly classes?: boolean
}

/** The share of rows whose largest output is that of their class. */
export function accuracyOf(prediction: Float64Array, { y, count }: Pick<Rows, 'y' | 'count'>): number {
  const classes = y.length / count
  const largest = (values: Float64Array, row: number): number => {
    const own = values.subarray(row * classes, (row + 1) * classes)
    return own.indexOf(Math.max(...own))
  }
  let right = 0
  for (let r = 0; r < count; r++) if (largest(prediction, r) === largest(y, r)) right++
  return right / count
}

/** The errors of predictions for the test rows. */
export const testErrors = (
  prediction: Float64Array,
  { test, error, classes = false }: BaselineData,
): { readonly relativeL2: number; readonly accuracy?: number } => ({
  relativeL2: errorOf(prediction, test, error),
  ...(classes ? { accuracy: accuracyOf(prediction, test) } : {}),
})

export const functionRows = ({ sensors, values, count }: OperatorData): Rows => ({ x: sensors, y: values, count })

/**
 * The rows of an operator: x are the values at the sensors, y those of the solution at its points. Each input function
 * has one unit.
 *
 * @param data the three sets of `problem`
 */
export const operatorRows = (
  problem: Pick<OperatorProblem, 'sensors'>,
  data: { readonly train: OperatorData; readonly validation: OperatorData; readonly test: OperatorData },
): BaselineData => ({
  train: functionRows(data.train),
  validation: functionRows(data.validation),
  test: functionRows(data.test),
  units: problem.sensors.functions?.map((f) => f.count) ?? [problem.sensors.count],
  error: 'perRow',
})

/** The rows of a function of points: x are the coordinates, each with a unit of its own. */
export const pointRows = ({ inputs, points }: Pick<RegressionProblem, 'inputs' | 'points'>): BaselineData => ({
  train: points('train'),
  validation: points('validation'),
  test: points('test'),
  units: Array.from({ length: inputs }, () => 1),
  error: 'pooled',
})

/** A row of each window with a class: the inputs of its last step, their means over its steps, or both. */
function classRows(
  { points, window }: RegressionProblem & { readonly window: WindowShape },
  test: PointSet,
): readonly BaselineData[] {
  const { steps, channels } = window
  const rowsOf = ({ x, y, count }: PointSet, last: boolean, means: boolean): Rows => {
    const width = channels * (Number(last) + Number(means))
    const out = new Float64Array(count * width)
    for (let n = 0; n < count; n++) {
      const own = x.subarray(n * steps * channels, (n + 1) * steps * channels)
      if (last) out.set(own.subarray(-channels), n * width)
      if (means) out.set(columnMeans(own, steps), (n + 1) * width - channels)
    }
    return { x: out, y, count }
  }
  return (
    [
      [true, false],
      [false, true],
      [true, true],
    ] as const
  ).map(([last, means]) => ({
    train: rowsOf(points('train'), last, means),
    validation: rowsOf(points('validation'), last, means),
    test: rowsOf(test, last, means),
    units: Array.from({ length: channels * (Number(last) + Number(means)) }, () => 1),
    ...{ error: 'pooled', classes: true },
  }))
}

/** Blocks of inputs that regressions on windows read: those of the step, and of steps before it. */
const DEPTHS = [1, 2, 4]

/**
 * The rows of windows, for each number of blocks that a window has: a row for each step that has targets, of the inputs
 * of the step and of `depth − 1` steps before it, `delays` apart. The inputs of a step hold `delays` rows of the
 * sequence, so that together they are `depth · delays` delay coordinates. With classes: a row for each window.
 */
export function delayRows(
  problem: RegressionProblem & { readonly window: WindowShape },
  test: PointSet,
): readonly BaselineData[] {
  const { points, window } = problem
  if (window.classes !== undefined) return classRows(problem, test)
  const { steps, scored, channels, delays } = window
  const rowsOf = ({ x, y, count }: PointSet, depth: number): Rows => {
    const out = new Float64Array(count * scored * depth * channels)
    for (let n = 0; n < count; n++)
      for (let s = 0; s < scored; s++)
        for (let d = 0; d < depth; d++) {
          const from = (n * steps + steps - scored + s - d * delays) * channels
          out.set(x.subarray(from, from + channels), ((n * scored + s) * depth + d) * channels)
        }
    return { x: out, y, count: count * scored }
  }
  return DEPTHS.filter((depth) => (depth - 1) * delays <= steps - scored).map((depth) => ({
    train: rowsOf(points('train'), depth),
    validation: rowsOf(points('validation'), depth),
    test: rowsOf(test, depth),
    units: Array.from({ length: depth * channels }, () => 1),
    error: 'pooled',
  }))
}

export const errorOf = (prediction: Float64Array, { y, count }: Rows, error: BaselineData['error']): number =>
  error === 'pooled' ? relativeL2(prediction, y) : meanRelativeL2(prediction, y, count)

export function rowsBetween({ x, y, count }: Rows, from: number, to: number): Rows {
  const part = (values: Float64Array): Float64Array =>
    values.subarray((values.length / count) * from, (values.length / count) * to)
  return { x: part(x), y: part(y), count: to - from }
}

export const firstRows = (rows: Rows, most: number): Rows => rowsBetween(rows, 0, Math.min(most, rows.count))

const SEARCH_OUTPUTS = 256

/**
 * Some of the numbers 0 … count − 1, in their order, the same on every call: a linear congruential generator draws them
 * by selection sampling (Knuth, algorithm S).
 */
function someOf(count: number, most: number): readonly number[] {
  const rows: number[] = []
  let state = 1
  for (let i = 0; rows.length < most; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    if ((state / 2 ** 32) * (count - i) < most - rows.length) rows.push(i)
  }
  return rows
}

/** Rows with a random subset of their outputs, for a search. Equal steps could stay on one time of a grid. */
export function fewOutputs({ x, y, count }: Rows): Rows {
  const outputs = y.length / count
  if (outputs <= SEARCH_OUTPUTS) return { x, y, count }
  const columns = someOf(outputs, SEARCH_OUTPUTS)
  const at = (i: number): number => Math.floor(i / SEARCH_OUTPUTS) * outputs + columns[i % SEARCH_OUTPUTS]!
  return { x, y: Float64Array.from({ length: count * SEARCH_OUTPUTS }, (_, i) => y[at(i)]!), count }
}

/** A random subset of rows, in their order, the same on every call; all of them if there are no more than `most`. */
export function someRows(rows: Rows, most: number): Rows {
  const { x, y, count } = rows
  if (count <= most) return rows
  const [inputs, outputs] = [x.length / count, y.length / count]
  const some = { x: new Float64Array(most * inputs), y: new Float64Array(most * outputs), count: most }
  someOf(count, most).forEach((from, to) => {
    some.x.set(x.subarray(from * inputs, (from + 1) * inputs), to * inputs)
    some.y.set(y.subarray(from * outputs, (from + 1) * outputs), to * outputs)
  })
  return some
}

export function columnMeans(values: Float64Array, count: number): Float64Array {
  const columns = values.length / count
  const means = new Float64Array(columns)
  for (let r = 0; r < count; r++) for (let c = 0; c < columns; c++) means[c]! += values[r * columns + c]! / count
  return means
}

export type Standardised = (x: Float64Array) => Float64Array

/**
 * Standardises inputs so that ‖z‖² has the mean 1 over the rows of `x`, of which each unit has the same part:
 *
 *     z_c = (x_c − mean x_c) / √(n_units Σ var x_c'),   the sum over the columns c' of the unit of c
 *
 * A unit that is constant keeps its scale.
 *
 * @param units as in {@link BaselineData}
 * @throws INVALID_ARGUMENT if the units do not add up to the columns
 */
export function standardised(x: Float64Array, count: number, units: readonly number[]): Standardised {
  const columns = x.length / count
  if (units.reduce((a, b) => a + b, 0) !== columns)
    throw new SpikewardError(
      'INVALID_ARGUMENT',
      `units of ${units.join(' + ')} inputs for rows of ${columns}; give numbers of inputs that add up to ${columns}`,
    )
  const means = columnMeans(x, count)
  const factors = new Float64Array(columns)
  let from = 0
  for (const width of units) {
    let square = 0
    for (let r = 0; r < count; r++)
      for (let c = from; c < from + width; c++) square += (x[r * columns + c]! - means[c]!) ** 2
    factors.fill(1 / Math.sqrt(units.length * (square / count || 1)), from, from + width)
    from += width
  }
  return (rows) => rows.map((v, i) => (v - means[i % columns]!) * factors[i % columns]!)
}
