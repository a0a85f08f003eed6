import { basename } from 'node:path'
import type { InputColumn, RegressionProblem } from '@spikeward/core'
import { tableProblem } from '../regression/table/problem.js'
import type { NamedArray } from '../splits/namedArray.js'
import type { SplitFractions } from '../splits/splitRows.js'
import { readArrays } from './readArrays.js'
import { listedNames, sideBySide, tableInputs } from './tableInputs.js'

/** The columns of a table, and the split: options of {@link loadTable}. */
export type LoadTableOptions = {
  /**
   * The inputs: an array [rows, inputs] or [rows]; several with commas between, side by side; of a CSV file also a
   * range of columns, `first:last`.
   */
  readonly inputs: string
  /** The outputs, named in the same way. */
  readonly outputs: string
  /** The key that assigns rows to the three sets. Default 0. */
  readonly key?: number
  /**
   * Fractions for validation and test (default 0.1 and 0.2), or the name of a column of 0 (training), 1 (validation)
   * and 2 (test).
   */
  readonly split?: SplitFractions | string
  /**
   * Columns of a CSV file that are categories, also of numbers. Default: those of texts alone with at most 20 different
   * ones.
   */
  readonly categories?: readonly string[]
  /** The treatment of rows that lack values; see `tableProblem`. Default: they are an error. */
  readonly missing?: 'drop' | 'mean'
  /**
   * The columns of the table that a network learned from: their levels, and the values that fill their gaps, hold here
   * too.
   */
  readonly like?: readonly InputColumn[]
}

/**
 * Makes a regression problem from a data file: NumPy .npy/.npz, MATLAB .mat (level 5 and v7.3), HDF5, NetCDF, Zarr,
 * Parquet or CSV. See {@link tableProblem}. A column of texts becomes one input for each of its texts.
 *
 * @throws those of `loadData` and of `tableProblem`; DATA_LEVEL_UNKNOWN for a text that `like` does not have;
 *   DATA_LEVELS for a category of one text or more than 1,000, and for a column of more than 20 that is not named so
 * @example const problem = await loadTable('points.csv', { inputs: 'a:b', outputs: 'y' })
 */
export async function loadTable(path: string, options: LoadTableOptions): Promise<RegressionProblem> {
  const { inputs, outputs, split, categories, missing, like, ...rest } = options
  const gaps = missing !== undefined || like?.some(({ fill }) => fill !== null) === true
  const reading = { gaps, ...(categories === undefined ? {} : { categories }), ...(like === undefined ? {} : { like }) }
  const x = await tableInputs(path, inputs, reading)
  let names: readonly string[] = []
  let titles: readonly string[] = []
  const arrays = await readArrays(
    path,
    (file) => {
      names = listedNames(file, outputs)
      titles = names.flatMap((one) => file.columns?.(one) ?? [])
      return [...names, ...(typeof split === 'string' ? [split] : [])]
    },
    gaps,
  )
  const sides =
    typeof split === 'string' ? { split: { ...arrays.at(-1)!, name: split } } : split === undefined ? {} : { split }
  return tableProblem({
    name: basename(path),
    inputs: x.inputs,
    outputs: { name: outputs, ...sideBySide(names, arrays.slice(0, names.length)) },
    ...(x.columns === null
      ? {}
      : {
          columns: x.columns.map((column) => ({
            ...column,
            fill: like?.find(({ name }) => name === column.name)?.fill ?? null,
          })),
        }),
    ...(titles.length === 0 ? {} : { outputColumns: titles }),
    ...(missing === undefined ? {} : { missing }),
    ...sides,
    ...rest,
  })
}

/**
 * Arrays of a data file side by side, named as the inputs of {@link loadTable}.
 *
 * @param gaps whether missing numbers are read, as NaN
 * @returns [rows, columns], or [rows] for one column alone
 * @throws DATA_SHAPE if their rows differ; those of `loadData`
 * @example const { shape, data } = await readColumns('points.csv', 'a,c:e')
 */
export async function readColumns(path: string, list: string, gaps = false): Promise<NamedArray> {
  let names: readonly string[] = []
  const arrays = await readArrays(path, (file) => (names = listedNames(file, list)), gaps)
  return { name: list, ...sideBySide(names, arrays) }
}
