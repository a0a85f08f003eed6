import { basename } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import type { RegressionProblem } from '@spikeward/core'
import { tableProblem } from '../regression/table/problem.js'
import type { NamedArray } from '../splits/namedArray.js'
import type { SplitFractions } from '../splits/splitRows.js'
import type { NdArray } from './files/dataFile.js'
import { listedNames } from './listedNames.js'
import { readArrays } from './readArrays.js'

/** The columns of a table, and the split: options of {@link loadTable}. */
export type LoadTableOptions = {
  /**
   * The inputs: an array [rows, inputs] or [rows]; several with commas between, side by side; of a CSV file also a range of columns,
   * `first:last`.
   */
  readonly inputs: string
  /** The outputs, named in the same way. */
  readonly outputs: string
  /** The key that assigns rows to the three sets. Default 0. */
  readonly key?: number
  /** Fractions for validation and test (default 0.1 and 0.2), or the name of a column of 0 (training), 1 (validation) and 2 (test). */
  readonly split?: SplitFractions | string
}

/**
 * Makes a regression problem from a data file: NumPy .npy/.npz, MATLAB .mat (level 5 and v7.3), HDF5 or CSV. See
 * {@link tableProblem}.
 *
 * @throws those of `loadData` and of `tableProblem`
 * @example const problem = await loadTable('points.csv', { inputs: 'a:b', outputs: 'y' })
 */
export async function loadTable(path: string, options: LoadTableOptions): Promise<RegressionProblem> {
  const { inputs, outputs, split, ...rest } = options
  let [x, y]: readonly (readonly string[])[] = [[], []] as const
  const arrays = await readArrays(path, (file) => {
    ;[x, y] = [listedNames(file, inputs), listedNames(file, outputs)]
    return [...x, ...y, ...(typeof split === 'string' ? [split] : [])]
  })
  const named = (name: string, array: NdArray): NamedArray => ({ ...array, name })
  const sides =
    typeof split === 'string' ? { split: named(split, arrays.at(-1)!) } : split === undefined ? {} : { split }
  return tableProblem({
    name: basename(path),
    inputs: named(inputs, sideBySide(x, arrays.slice(0, x.length))),
    outputs: named(outputs, sideBySide(y, arrays.slice(x.length, x.length + y.length))),
    ...sides,
    ...rest,
  })
}

/**
 * Arrays of a data file side by side, named as the inputs of {@link loadTable}.
 *
 * @returns [rows, columns], or [rows] for one column alone
 * @throws DATA_SHAPE if their rows differ; those of `loadData`
 * @example const { shape, data } = await readColumns('points.csv', 'a,c:e')
 */
export async function readColumns(path: string, list: string): Promise<NamedArray> {
  let names: readonly string[] = []
  const arrays = await readArrays(path, (file) => (names = listedNames(file, list)))
  return { name: list, ...sideBySide(names, arrays) }
}

/** Arrays [rows] or [rows, columns] as one array with the columns of all. */
function sideBySide(names: readonly string[], arrays: readonly NdArray[]): NdArray {
  const [first] = arrays
  if (first !== undefined && arrays.length === 1) return first
  const rows = first?.shape[0] ?? 0
  const widths = arrays.map(({ shape: [, columns = 1] }) => columns)
  const bad = arrays.findIndex(({ shape }) => shape.length > 2 || shape[0] !== rows)
  if (bad >= 0) {
    throw new SpikewardError(
      'DATA_SHAPE',
      `expected ${rows} rows, as "${names[0]}" has; found: "${names[bad]}" is [${arrays[bad]!.shape.join(' × ')}]`,
    )
  }
  const width = widths.reduce((sum, w) => sum + w, 0)
  const data = new Float64Array(rows * width)
  let at = 0
  for (const [i, array] of arrays.entries()) {
    const w = widths[i]!
    for (let r = 0; r < rows; r++) data.set(array.data.subarray(r * w, (r + 1) * w), r * width + at)
    at += w
  }
  return { shape: [rows, width], data }
}
