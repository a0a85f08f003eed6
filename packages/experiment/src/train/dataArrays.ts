/** Data that a program holds in memory, in the place of a problem or a file. */
import { type RegressionProblem, SpikewardError } from '@spikeward/core'
import { dataProblem, sequenceProblem, tableProblem, trajectoryData } from '@spikeward/problems'
import type { NamedArray, SequenceProblemOptions, SplitFractions } from '@spikeward/problems'
import { OWN, type Problem, SEQUENCES, TABLE } from '../catalogue/kinds/problems.js'

/** DataRows of numbers; a row of one number may be that number. */
export type DataRows = readonly number[] | readonly (ArrayLike<number> & object)[]

/** A table of points; with `at`, pairs of functions. */
export type DataArrays = {
  /** The inputs of each point; with `at`, an input function's values at sensors that are equally spaced on [0, 1]. */
  readonly inputs: DataRows
  /** The measured outputs of each point; with `at`, a solution's values on the grid, row-major. */
  readonly outputs: DataRows
  /** The coordinates of the solutions' grid by axis: `{ x, t }`. Default: none, each row is a point. */
  readonly at?: Readonly<Record<string, ArrayLike<number>>>
  /**
   * Fractions of rows for validation and test. Default: 0.1 and 0.2. A table of which both are 0 is measured at the
   * rows that it learns from.
   */
  readonly split?: SplitFractions
}

/**
 * Sequences: each has the inputs and the outputs of its time steps, in the order of time; or a label, the class that is
 * to be found from its inputs.
 */
export type DataSequences = {
  readonly sequences:
    | readonly { readonly inputs: DataRows; readonly outputs: DataRows }[]
    | readonly { readonly inputs: DataRows; readonly label: string | number }[]
  /** Fractions of sequences, or of fewer than ten of their time, for validation and test. Default: 0.1 and 0.2. */
  readonly split?: SplitFractions
}

/** Trajectories of fields on a grid, for the task `rollout`. */
export type DataTrajectories = {
  /** [trajectories, time, points, …, channels], row-major. */
  readonly trajectories: { readonly shape: readonly number[]; readonly data: ArrayLike<number> }
  /** Time from one frame to the next. Default 1. */
  readonly interval?: number
  /** Fractions of trajectories for validation and test. Default 0.1 and 0.2. */
  readonly split?: SplitFractions
}

/** How sequences are cut into windows; see `sequenceProblem` of @spikeward/problems. */
export type Windowing = Pick<SequenceProblemOptions, 'horizon' | 'delays' | 'window' | 'warmUp' | 'hold'>

const numbersOf = (row: number | ArrayLike<number>): ArrayLike<number> => (typeof row === 'number' ? [row] : row)

/** [rows × columns], or with the lengths of a grid [rows, …lengths]. */
function arrayOf(name: string, rows: DataRows, lengths?: readonly number[]): NamedArray {
  const columns = numbersOf(rows[0] ?? []).length
  const expected = lengths?.reduce((a, b) => a * b, 1) ?? columns
  const bad = rows.findIndex((row) => numbersOf(row).length !== expected)
  if (rows.length === 0 || expected === 0 || bad >= 0) {
    const actual =
      rows.length === 0 ? 'none' : `${numbersOf(rows[Math.max(bad, 0)]!).length} in row ${Math.max(bad, 0) + 1}`
    throw new SpikewardError(
      'DATA_SHAPE',
      `data.${name}: expected rows of ${expected || 'one or more'} numbers${lengths === undefined ? '' : `, the points of the grid ${lengths.join(' × ')}`}; found ${actual}`,
    )
  }
  const data = new Float64Array(rows.length * expected)
  for (const [r, row] of rows.entries()) data.set(numbersOf(row), r * expected)
  return { name, shape: [rows.length, ...(lengths ?? [columns])], data }
}

/** A table that holds no row back is measured at the rows that a network learns from. */
export const measuredAtRows = (table: RegressionProblem): RegressionProblem => ({
  ...table,
  points: () => table.points('train'),
})

/**
 * The problem that sequences give: `sequences`, as the command calls those from a file.
 *
 * @throws DATA_SHAPE, DATA_NOT_FINITE, INVALID_OPTION
 */
async function problemOfSequences(
  { sequences, split = {} }: DataSequences,
  key: number,
  how: Windowing,
): Promise<Problem> {
  const inputs = arrayOf('inputs', sequences.flatMap((one) => [...one.inputs]) as DataRows)
  const labels = sequences.flatMap((one) => ('label' in one ? [String(one.label)] : []))
  if (labels.length > 0 && labels.length < sequences.length)
    throw new SpikewardError(
      'DATA_SHAPE',
      `data.sequences: ${labels.length} of ${sequences.length} sequences have a label; give each one a label, or each one outputs`,
    )
  const classes = [...new Set(labels)].sort(new Intl.Collator('en', { numeric: true }).compare)
  const outputs = arrayOf(
    'outputs',
    sequences.flatMap((one, i) =>
      'label' in one ? [...one.inputs].map(() => classes.indexOf(labels[i]!)) : [...one.outputs],
    ) as DataRows,
  )
  const runs = Float64Array.from(sequences.flatMap(({ inputs: rows }, run) => rows.map(() => run)))
  return sequenceProblem({
    ...{ name: SEQUENCES, inputs, outputs, runs: { name: 'runs', shape: [runs.length], data: runs } },
    ...{ key, split, ...how },
    ...(labels.length === 0 ? {} : { classes }),
  })
}

/**
 * The problem that arrays give: `table`, or with a grid or trajectories `own`, as the command calls data from a file.
 *
 * @param key assigns rows to training, validation and test
 * @throws DATA_SHAPE, DATA_NOT_FINITE; INVALID_OPTION for impossible fractions
 */
export async function problemOfArrays(
  input: DataArrays | DataSequences | DataTrajectories,
  key: number,
  how: Windowing,
): Promise<Problem> {
  if ('sequences' in input) return problemOfSequences(input, key, how)
  if ('trajectories' in input) {
    const { trajectories, ...rest } = input
    const { shape, data } = trajectories
    return trajectoryData({
      name: OWN,
      values: { name: 'trajectories', shape, data: Float64Array.from(data) },
      key,
      ...rest,
    })
  }
  const { inputs, outputs, at, split = {} } = input
  if (at === undefined) {
    const table = await tableProblem({
      name: TABLE,
      inputs: arrayOf('inputs', inputs),
      outputs: arrayOf('outputs', outputs),
      key,
      split,
    })
    return split.validation === 0 && split.test === 0 ? measuredAtRows(table) : table
  }
  const coords = Object.entries(at).map(([name, x]) => ({ name, shape: [x.length], data: Float64Array.from(x) }))
  const grid = coords.map(({ shape }) => shape[0]!)
  const arrays = { inputs: arrayOf('inputs', inputs), outputs: arrayOf('outputs', outputs, grid), coords }
  return { ...dataProblem({ name: OWN, ...arrays, key, split }), axes: Object.keys(at) }
}
