/** The columns of a table file as inputs of a network. */
import { type InputColumn, SpikewardError } from '@spikeward/core'
import { FEW_LEVELS, isMissing, levelsIn, oneHot } from '../regression/table/categories.js'
import type { NamedArray } from '../splits/namedArray.js'
import type { DataFile, NdArray } from './files/dataFile.js'
import { readArrays } from './readArrays.js'

/** A column before the values that fill its gaps are known. */
export type ReadColumn = Omit<InputColumn, 'fill'>

/** The inputs of a table: numbers, and which columns they come from; null for an array without names of columns. */
export type TableInputs = { readonly inputs: NamedArray; readonly columns: readonly ReadColumn[] | null }

/** How texts and gaps are read. */
export type TableReading = {
  /** Columns that are categories, also of numbers. Default: those of texts alone with few different ones. */
  readonly categories?: readonly string[]
  /** Whether missing values are read, as NaN. Default false: they are an error. */
  readonly gaps?: boolean
  /** The columns of a table that a network learned from, whose levels hold here too. */
  readonly like?: readonly ReadColumn[]
}

/** The titles of the columns of a list; the names themselves if the file is no table. */
const titlesOf = (file: DataFile, list: string): readonly string[] =>
  listedNames(file, list).flatMap((name) => file.columns?.(name) ?? [name])

/** The levels of a column; null if it is one of numbers. */
async function levelsOf(
  file: DataFile,
  title: string,
  { categories, like }: TableReading,
): Promise<readonly string[] | null> {
  const known = like?.find(({ name }) => name === title)
  if (known !== undefined) return known.levels
  if (file.texts === undefined) return null
  if (categories?.includes(title) === true) return levelsIn(await file.texts(title))
  if (file.holdsTexts?.(title) !== true) return null
  const levels = levelsIn(await file.texts(title))
  if (levels.length <= FEW_LEVELS) return levels
  throw new SpikewardError(
    'DATA_LEVELS',
    `${file.path}: "${title}" holds ${levels.length} different texts, and a column of more than ${FEW_LEVELS} is no input by itself; add it to the categories, name it as the time if it holds dates, or leave it out`,
  )
}

/**
 * Reads columns as inputs: numbers as they are, a category as one input for each level.
 *
 * @param list titles with commas between, ranges `first:last`; of another file arrays
 * @throws those of `loadTable`
 */
export async function tableInputs(path: string, list: string, how: TableReading = {}): Promise<TableInputs> {
  const parts: { title: string; levels: readonly string[] | null; texts: readonly string[] }[] = []
  let hasNames = false
  const arrays = await readArrays(
    path,
    async (file) => {
      hasNames = file.columns !== undefined
      for (const title of titlesOf(file, list)) {
        const levels = await levelsOf(file, title, how)
        parts.push({ title, levels, texts: levels === null ? [] : ((await file.texts?.(title)) ?? []) })
      }
      const unknown = how.categories?.find((category) => !parts.some(({ title }) => title === category))
      if (unknown !== undefined)
        throw new SpikewardError(
          'DATA_NAME_UNKNOWN',
          `${path}: the category "${unknown}" is not among the inputs ${list}; add it to them`,
        )
      return parts.flatMap(({ title, levels }) => (levels === null ? [title] : []))
    },
    how.gaps ?? false,
  )
  const numbers = arrays.values()
  const read = parts.map(({ title, levels, texts }): NdArray => {
    if (levels === null) return numbers.next().value!
    const gap = how.gaps === true ? -1 : texts.findIndex(isMissing)
    if (gap >= 0)
      throw new SpikewardError(
        'DATA_NOT_FINITE',
        `${path}: row ${gap + 1} of "${title}": the value is missing; remove such rows or fill them in`,
      )
    return { shape: [texts.length, levels.length], data: oneHot(title, texts, levels) }
  })
  const titles = parts.map(({ title }) => title)
  return {
    inputs: { name: list, ...sideBySide(titles, read) },
    columns: hasNames ? parts.map(({ title, levels }) => ({ name: title, levels })) : null,
  }
}

/** Arrays [rows] or [rows, columns] as one array with the columns of all. */
export function sideBySide(names: readonly string[], arrays: readonly NdArray[]): NdArray {
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

/**
 * The inputs of a table as those of the table that a network learned from: the same levels, and the same values in
 * gaps.
 *
 * @returns [rows, inputs]
 * @throws DATA_LEVEL_UNKNOWN for a text that was not in the training; those of `loadTable`
 * @example const x = await readInputsLike('new.csv', problem.columns)
 */
export async function readInputsLike(path: string, columns: readonly InputColumn[]): Promise<NamedArray> {
  const gaps = columns.some(({ fill }) => fill !== null)
  const { inputs } = await tableInputs(path, columns.map(({ name }) => name).join(','), { like: columns, gaps })
  const fills = columns.flatMap(({ fill, levels }) => fill ?? new Array<number>(levels?.length ?? 1).fill(NaN))
  const data = inputs.data.map((v, i) => (Number.isNaN(v) ? fills[i % fills.length]! : v))
  return { ...inputs, shape: [data.length / fills.length, fills.length], data }
}

/** The most commas in one title that a list may name. */
const COMMAS = 16

/**
 * The names of a list with commas between, such as `a,c:e`, each as `DataFile.read` takes it, without blanks around. A
 * title that holds commas itself, as a quoted one of a CSV file may, stays whole: at each place the longest name of the
 * file is taken.
 *
 * @example listedNames(await openDataFile('points.csv'), 'depth, in m,T') // ['depth, in m', 'T'], if the table has these columns
 */
export function listedNames(file: Pick<DataFile, 'names' | 'columns'>, list: string): readonly string[] {
  const pieces = list.split(',')
  const has = (name: string): boolean => file.names.has(name) || (file.columns?.(name) ?? null) !== null
  const names: string[] = []
  for (let begin = 0; begin < pieces.length; ) {
    const upTo = (end: number): string => pieces.slice(begin, end).join(',').trim()
    let end = Math.min(pieces.length, begin + COMMAS + 1)
    while (end > begin + 1 && !has(upTo(end))) end--
    names.push(upTo(end))
    begin = end
  }
  return names
}
