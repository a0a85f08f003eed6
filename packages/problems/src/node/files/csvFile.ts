import { LOOK, budgetOfText, overBudget, watchSeconds } from './budget.js'
import type { Budget, ReaderOptions, Watch } from './budget.js'
import { csvRows } from './csvRows.js'
import { corrupt, unknownName, unsupported } from './dataFile.js'
import type { DataFile, NdArray } from './dataFile.js'

/**
 * A table of numbers as text: one row per line, separated by comma, semicolon or tab, whichever is most frequent in the
 * first line, else by blanks; fields may be quoted; with or without a line of names at the top; lines that begin with #
 * are comments.
 *
 * A column is read by its name as an array [rows]. Columns whose names differ only in a number at the end (f_0, f_1, …;
 * f0, f1; f[0], f[1]) are also read together, in the order of those numbers, as f: [rows, columns]. `first:last` names
 * a range of columns, by their names or, if there are none, by their numbers from 1.
 *
 * A truncated file is an error if its last row has too few fields. A file that ends inside its last number, without an
 * end of line, looks complete: 1.25 cut to 1.2 is a number.
 *
 * The table takes 8 bytes a number in memory, at most 4 for each byte of the file, and 256 a column.
 *
 * @throws DATA_CORRUPT with line and column, if a field is not a number or a row has another length; DATA_UNSUPPORTED if
 *   a column is read whose name another one has; DATA_BUDGET if the table takes more memory or time than a file of this
 *   size explains
 */
export async function csvFile(text: string, path: string, options: ReaderOptions = {}): Promise<DataFile> {
  const budget: Budget = { ...budgetOfText(text.length), ...options.budget }
  const { titles, rows, at } = await readTable(text, path, budget, watchSeconds(path, budget, options.clock))
  const groups = groupColumns(titles)
  const seen = new Set<string>()
  const repeated = new Set(titles.filter((title) => seen.size === seen.add(title).size))
  const pick = (columns: readonly number[]): Float64Array => {
    const twice = columns.map((c) => titles[c]!).find((title) => repeated.has(title))
    if (twice !== undefined)
      throw unsupported(path, `several columns have the name "${twice.slice(0, 30)}"`, 'give each a name of its own')
    const data = new Float64Array(rows * columns.length)
    const watch = watchSeconds(path, budget, options.clock)
    let i = 0
    for (let r = 0; r < rows; r++)
      for (const c of columns) {
        if (i % LOOK === 0) watch()
        data[i++] = at(r, c)
      }
    return data
  }
  const names = new Map<string, readonly number[]>()
  for (const [name, columns] of groups) names.set(name, [rows, columns.length])
  const column = [rows]
  for (const title of titles) names.set(title, column)
  const file: DataFile = {
    path,
    format: 'csv',
    names,
    async read(name): Promise<NdArray> {
      const alone = titles.indexOf(name)
      if (alone >= 0) return { shape: [rows], data: pick([alone]) }
      const [from, to] = name.split(':').map((t) => titles.indexOf(t.trim()))
      const range = to !== undefined && from! >= 0 && to >= from!
      const columns = groups.get(name) ?? (range ? titles.map((_, c) => c).slice(from, to + 1) : null)
      if (!columns) throw unknownName(file, name)
      return { shape: [rows, columns.length], data: pick(columns) }
    },
    close: async () => {},
  }
  return file
}

/** A table of numbers, and the names of its columns. */
type Table = {
  readonly titles: readonly string[]
  readonly rows: number
  readonly at: (row: number, column: number) => number
}

/** Bytes of memory that a column takes: its name, and its places in the lists of names and of groups. */
const COLUMN = 256

/** Numbers are stored in blocks of 2^BITS, so that a growing table is never copied. */
const BITS = 16

async function readTable(text: string, path: string, budget: Budget, watch: Watch): Promise<Table> {
  const blocks: Float64Array[] = []
  let titles: readonly string[] = []
  let titled = false
  let count = 0
  let rows = 0
  const fill = (fields: readonly string[], line: () => number): void => {
    if (fields.length !== titles.length)
      throw corrupt(path, `line ${line()} has ${fields.length} fields, and the first line has ${titles.length}`)
    const bytes = 8 * (count + fields.length) + COLUMN * titles.length
    if (bytes > budget.memory)
      throw overBudget(
        path,
        'memory',
        `a table of ${rows + 1} rows and ${titles.length} columns takes ${bytes} bytes`,
        `${budget.memory} bytes`,
      )
    for (const [c, field] of fields.entries()) {
      if (count % LOOK === 0) watch()
      const value = numberOf(field)
      if (Number.isNaN(value) && !isNaNText(field))
        throw corrupt(
          path,
          `line ${line()}, column ${c + 1} (${titles[c]!.slice(0, 30)}): "${field.slice(0, 30)}" is not a number`,
        )
      const block = (blocks[count >>> BITS] ??= new Float64Array(2 ** BITS))
      block[count++ & (2 ** BITS - 1)] = value
    }
    rows++
  }
  const onRow = (fields: readonly string[], line: () => number): void => {
    if (titles.length > 0) return fill(fields, line)
    titled = fields.some((f) => f !== '' && Number.isNaN(numberOf(f)) && !isNaNText(f))
    titles = titled ? fields : fields.map((_, c) => String(c + 1))
    if (!titled) fill(fields, line)
  }
  await csvRows(text, path, onRow, watch)
  if (rows === 0) throw corrupt(path, titled ? 'it holds names but no rows' : 'it holds no rows')
  const width = titles.length
  const at = (row: number, column: number): number => {
    const i = row * width + column
    return blocks[Math.floor(i / 2 ** BITS)]![i % 2 ** BITS]!
  }
  return { titles, rows, at }
}

const isNaNText = (field: string): boolean => /^[+-]?nan$/i.test(field)

/** An empty field is not a number, although Number('') is 0; infinity is written in several ways. */
function numberOf(field: string): number {
  if (field === '') return NaN
  const infinite = /^([+-]?)inf(inity)?$/i.exec(field)
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity
  return Number(field)
}

/**
 * Columns that differ only in a number at the end, in the order of those numbers; two at least. Takes time in proportion to the
 * number of columns.
 */
export function groupColumns(titles: readonly string[]): Map<string, number[]> {
  const found = new Map<string, { column: number; number: number }[]>()
  const taken = new Set<string>()
  for (const [column, title] of titles.entries()) {
    taken.add(title)
    const [, stem, number] = /^(.*?[^\d_.[(-])[_.[(-]?(\d+)[\])]?$/.exec(title) ?? []
    if (stem === undefined) continue
    const group = found.get(stem) ?? []
    if (group.length === 0) found.set(stem, group)
    group.push({ column, number: Number(number) })
  }
  const groups = new Map<string, number[]>()
  for (const [name, columns] of found)
    if (columns.length > 1 && !taken.has(name))
      groups.set(
        name,
        columns.sort((a, b) => a.number - b.number).map((c) => c.column),
      )
  return groups
}
