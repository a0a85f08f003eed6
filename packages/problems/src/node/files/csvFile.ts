import { SpikewardError } from '@spikeward/core'
import { type Budget, type ReaderOptions, type Watch, LOOK, budgetOfText, overBudget, watchSeconds } from './budget.js'
import { type LineOf, type OnRow, csvRows, separatorIn } from './csvRows.js'
import { type DataFile, type NdArray, corrupt, unknownName, unsupported } from './dataFile.js'

/**
 * A table of numbers as text, one row per line. The separator is the most frequent one of comma, semicolon and tab in
 * the first line, or else blanks. Fields may be quoted, the first line may hold names, and lines that begin with # are
 * comments.
 *
 * A column is read by its name as an array [rows]. Columns whose names differ only in a number at the end (f_0, f_1, …;
 * f0, f1; f[0], f[1]) are also read together, in the order of those numbers, as f: [rows, columns]. `first:last` names
 * a range of columns, by their names or, if there are none, by their numbers from 1.
 *
 * The first row holds names if one of its fields is neither a number nor a missing value.
 *
 * A truncated file is an error if its last row has too few fields. It is also one if its last line has no end, and the
 * last field of it is the beginning of a number or, in a column of numbers, anything else that is not a number. A file
 * that ends inside its last number may look complete: 1.25 cut to 1.2 is a number.
 *
 * The table takes 8 bytes a number in memory, at most 4 for each byte of the file, and 256 a column.
 *
 * A column that is not read may hold text. Between semicolons 1,5 is 1.5, as spreadsheets of many languages write it.
 * The first number with a decimal mark sets that of its column, and columns that are read together must have the same
 * one.
 *
 * @throws DATA_CORRUPT if a row has another length, and with line and column, if a field of a column that is read is
 *   not a number; DATA_NOT_FINITE if it is missing: empty, NA, null or ?; DATA_UNSUPPORTED if a column that is read
 *   shares its name with another one, or mixes decimal marks; DATA_BUDGET if the table takes more memory or time than a
 *   file of this size explains
 */
export async function csvFile(text: string, path: string, options: ReaderOptions = {}): Promise<DataFile> {
  const budget: Budget = { ...budgetOfText(text.length), ...options.budget }
  const reading = watchSeconds(path, budget, options.clock)
  const { titles, titled, rows, at, faults, gaps, numbers, marks } = await readTable(text, path, budget, reading)
  const groups = groupColumns(titles)
  const seen = new Set<string>()
  const repeated = new Set(titles.filter((title) => seen.size === seen.add(title).size))
  const pick = (columns: readonly number[], missing: boolean): Float64Array => {
    const twice = columns.map((c) => titles[c]!).find((title) => repeated.has(title))
    if (twice !== undefined)
      throw unsupported(path, `several columns have the name "${twice.slice(0, 30)}"`, 'give each a name of its own')
    const fault = columns
      .map((c) => firstOf(faults.get(c), missing ? undefined : gaps.get(c)))
      .find((one) => one !== null)
    if (fault !== undefined && fault !== null) throw fault.error()
    const [first, ...others] = columns.map((c) => marks.get(c)).filter((mark) => mark !== undefined)
    const other = others.find(({ mark }) => mark !== first?.mark)
    if (other !== undefined) throw other.error()
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
  const columnsOf = (name: string): readonly number[] | null => {
    const alone = titles.indexOf(name)
    return alone >= 0 ? [alone] : (groups.get(name) ?? rangeIn(titles, name))
  }
  const file: DataFile = {
    path,
    format: 'csv',
    names,
    columns: (name) => columnsOf(name)?.map((c) => titles[c]!) ?? null,
    holdsTexts: (column) => faults.has(titles.indexOf(column)) && !(numbers[titles.indexOf(column)] ?? false),
    async texts(column) {
      const c = titles.indexOf(column)
      if (c < 0) throw unknownName(file, column)
      const texts: string[] = []
      await csvRows(text, path, (fields) => texts.push(fields[c]!), watchSeconds(path, budget, options.clock))
      return titled ? texts.slice(1) : texts
    },
    async read(name, missing = false): Promise<NdArray> {
      const columns = columnsOf(name)
      if (columns === null) throw unknownName(file, name)
      return { shape: titles.includes(name) ? [rows] : [rows, columns.length], data: pick(columns, missing) }
    },
    close: async () => {},
  }
  return file
}

/**
 * The columns of `first:last`; null if a name is no title. A title may hold colons itself, so that each of them may be
 * the one between.
 */
function rangeIn(titles: readonly string[], name: string): readonly number[] | null {
  for (let at = name.indexOf(':'); at >= 0; at = name.indexOf(':', at + 1)) {
    const [from, to] = [name.slice(0, at), name.slice(at + 1)].map((end) => titles.indexOf(end.trim())) as [
      number,
      number,
    ]
    if (from >= 0 && to >= from) return Array.from({ length: to - from + 1 }, (_, c) => from + c)
  }
  return null
}

/** A table of numbers, and the names of its columns. */
type Table = {
  readonly titles: readonly string[]
  /** Whether the first row holds them. */
  readonly titled: boolean
  readonly rows: number
  readonly at: (row: number, column: number) => number
  /** The first field of each column that is neither a number nor missing. */
  readonly faults: ReadonlyMap<number, Fault>
  /** The first missing field of each column. */
  readonly gaps: ReadonlyMap<number, Fault>
  /** Whether a column has a number. */
  readonly numbers: readonly (boolean | undefined)[]
  /** The first decimal mark of each column that has one, where commas can be decimal. */
  readonly marks: ReadonlyMap<number, Mark>
}

/** A field that is not a number: its row, from 1, and its error. */
type Fault = { readonly row: number; readonly field: string; readonly error: () => SpikewardError }

/** The fault of a column that comes first; null if there is none. */
const firstOf = (a: Fault | undefined, b: Fault | undefined): Fault | null =>
  a === undefined || (b !== undefined && b.row < a.row) ? (b ?? null) : a

/** A decimal mark, and the error for its field if the table has the other mark. */
type Mark = { readonly mark: string; readonly error: () => SpikewardError }

/** The beginning of a number that is not a number itself. */
const BEGUN = /^[+-]?\d*[.,]?\d*(?:e[+-]?)?$/i

/** Texts that programs write for a missing value. */
const MISSING = /^(?:|n\/?a|null|none|\?)$/i

/** The error for a field that is not a number. */
function notNumber(path: string, place: string, field: string): SpikewardError {
  const at = `${place}: "${field.slice(0, 30)}"`
  if (MISSING.test(field))
    return new SpikewardError(
      'DATA_NOT_FINITE',
      `${path}: ${at}: the value is missing; remove such rows or fill them in`,
    )
  return DECIMAL.test(field)
    ? unsupported(path, `${at} has another decimal mark than the numbers before`, 'write decimal points')
    : new SpikewardError(
        'DATA_CORRUPT',
        `${path}: ${at} is not a number; name only columns of numbers, or mend the field`,
      )
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
  const faults = new Map<number, Fault>()
  const gaps = new Map<number, Fault>()
  const numbers: boolean[] = []
  const commas = separatorIn(text) === ';'
  const marks = new Map<number, Mark>()
  const fill = (fields: readonly string[], line: LineOf, row: number): void => {
    if (fields.length !== titles.length)
      throw corrupt(path, `line ${line(row)} has ${fields.length} fields, and the first line has ${titles.length}`)
    const bytes = 8 * (count + fields.length) + COLUMN * titles.length
    if (bytes > budget.memory)
      throw overBudget(
        path,
        'memory',
        `a table of ${rows + 1} rows and ${titles.length} columns takes ${bytes} bytes`,
        `${budget.memory} bytes`,
      )
    const errorOf = (c: number, field: string) => (): SpikewardError =>
      notNumber(path, `line ${line(row)}, column ${c + 1} (${titles[c]!.slice(0, 30)})`, field)
    for (const [c, field] of fields.entries()) {
      if (count % LOOK === 0) watch()
      const mark = commas ? DECIMAL.exec(field)?.[1] : undefined
      if (mark !== undefined && !marks.has(c)) marks.set(c, { mark, error: errorOf(c, field) })
      const other = mark !== undefined && mark !== marks.get(c)!.mark
      const value = other ? NaN : numberOf(mark === ',' ? field.replace(',', '.') : field)
      const lacking = MISSING.test(field) ? gaps : faults
      if (!Number.isNaN(value)) numbers[c] = true
      else if (!isNaNText(field) && !lacking.has(c)) lacking.set(c, { row: rows + 1, field, error: errorOf(c, field) })
      const block = (blocks[count >>> BITS] ??= new Float64Array(2 ** BITS))
      block[count++ & (2 ** BITS - 1)] = value
    }
    rows++
  }
  const onRow: OnRow = (fields, line, row) => {
    if (titles.length > 0) return fill(fields, line, row)
    titled = fields.some(
      (f) =>
        !MISSING.test(f) &&
        Number.isNaN(numberOf(commas && DECIMAL.test(f) ? f.replace(',', '.') : f)) &&
        !isNaNText(f),
    )
    titles = titled ? fields : fields.map((_, c) => String(c + 1))
    if (!titled) fill(fields, line, row)
  }
  await csvRows(text, path, onRow, watch)
  // A file that ends inside its last field: nothing of it is read.
  const cut = /[\r\n]\s*$/.test(text.slice(-100))
    ? null
    : firstOf(faults.get(titles.length - 1), gaps.get(titles.length - 1))
  if (cut !== null && cut.row === rows && (rows > 1 || BEGUN.test(cut.field))) throw cut.error()
  if (rows === 0) throw corrupt(path, titled ? 'it holds names but no rows' : 'it holds no rows')
  const width = titles.length
  const at = (row: number, column: number): number => {
    const i = row * width + column
    return blocks[Math.floor(i / 2 ** BITS)]![i % 2 ** BITS]!
  }
  return { titles, titled, rows, at, faults, gaps, numbers, marks }
}

const isNaNText = (field: string): boolean => /^[+-]?nan$/i.test(field)

/** A number with a decimal point or comma. */
const DECIMAL = /^[+-]?\d*([.,])\d+(?:e[+-]?\d+)?$/i

/** An empty field is not a number, although Number('') is 0; infinity is written in several ways. */
function numberOf(field: string): number {
  if (field === '') return NaN
  const infinite = /^([+-]?)inf(inity)?$/i.exec(field)
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity
  return Number(field)
}

/**
 * Columns that differ only in a number at the end, in the order of those numbers; two at least. Takes time in
 * proportion to the number of columns.
 */
export function groupColumns(titles: readonly string[]): Map<string, number[]> {
  const byName = new Map<string, { column: number; number: number }[]>()
  const names = new Set<string>()
  for (const [column, title] of titles.entries()) {
    names.add(title)
    const [, stem, number] = /^(.*?[^\d_.[(-])[_.[(-]?(\d+)[\])]?$/.exec(title) ?? []
    if (stem === undefined) continue
    const group = byName.get(stem) ?? []
    if (group.length === 0) byName.set(stem, group)
    group.push({ column, number: Number(number) })
  }
  const groups = new Map<string, number[]>()
  for (const [name, columns] of byName)
    if (columns.length > 1 && !names.has(name))
      groups.set(
        name,
        columns.sort((a, b) => a.number - b.number).map((c) => c.column),
      )
  return groups
}
