/** Data that a program holds in memory, in the place of a problem or a file. */
import { SpikewardError } from '@spikeward/core'
import type { RegressionProblem } from '@spikeward/core'
import { dataProblem, tableProblem } from '@spikeward/problems'
import type { NamedArray, SplitFractions } from '@spikeward/problems'
import { OWN, TABLE } from '../catalogue/kinds/problems.js'
import type { Problem } from '../catalogue/kinds/problems.js'

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
  /** Fractions of rows for validation and test. Default: 0.1 and 0.2. A table of which both are 0 is measured at the rows that it learns from. */
  readonly split?: SplitFractions
}

const numbersOf = (row: number | ArrayLike<number>): ArrayLike<number> => (typeof row === 'number' ? [row] : row)

/** [rows × columns], or with the lengths of a grid [rows, …lengths]. */
function arrayOf(name: string, rows: DataRows, lengths?: readonly number[]): NamedArray {
  const columns = numbersOf(rows[0] ?? []).length
  const expected = lengths?.reduce((a, b) => a * b, 1) ?? columns
  const bad = rows.findIndex((row) => numbersOf(row).length !== expected)
  if (rows.length === 0 || expected === 0 || bad >= 0) {
    const found =
      rows.length === 0 ? 'none' : `${numbersOf(rows[Math.max(bad, 0)]!).length} in row ${Math.max(bad, 0) + 1}`
    throw new SpikewardError(
      'DATA_SHAPE',
      `data.${name}: expected rows of ${expected || 'one or more'} numbers${lengths === undefined ? '' : `, the points of the grid ${lengths.join(' × ')}`}; found ${found}`,
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

/** The problem that arrays give: `table`, or with a grid `own`, as the command calls data from a file. */
export async function problemOfArrays({ inputs, outputs, at, split = {} }: DataArrays, key: number): Promise<Problem> {
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
