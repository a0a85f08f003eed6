import { parse } from 'csv-parse/sync'
import { corrupt, unknownName } from './dataFile.js'
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
 * @throws DATA_CORRUPT with line and column, if a field is not a number or a row has another length
 */
export function csvFile(text: string, path: string): DataFile {
  const rows = rowsOf(text, path)
  if (rows.length === 0) throw corrupt(path, 'it holds no rows')
  const first = rows[0]!.fields
  const titled = first.some((f) => f !== '' && Number.isNaN(numberOf(f)) && !isNaNText(f))
  const titles = titled ? rows.shift()!.fields : first.map((_, c) => String(c + 1))
  if (rows.length === 0) throw corrupt(path, 'it holds names but no rows')
  const table = numbersOf(rows, titles, path)
  const width = titles.length
  const groups = groupColumns(titles)
  const pick = (columns: readonly number[]): Float64Array => {
    const data = new Float64Array(rows.length * columns.length)
    for (let r = 0; r < rows.length; r++)
      columns.forEach((c, j) => (data[r * columns.length + j] = table[r * width + c]!))
    return data
  }
  const names = new Map<string, readonly number[]>()
  for (const [name, columns] of groups) names.set(name, [rows.length, columns.length])
  for (const title of titles) names.set(title, [rows.length])
  const file: DataFile = {
    path,
    format: 'csv',
    names,
    async read(name): Promise<NdArray> {
      const column = titles.indexOf(name)
      if (column >= 0) return { shape: [rows.length], data: pick([column]) }
      const [from, to] = name.split(':').map((t) => titles.indexOf(t.trim()))
      const range = to !== undefined && from! >= 0 && to >= from!
      const columns = groups.get(name) ?? (range ? titles.map((_, c) => c).slice(from, to + 1) : null)
      if (!columns) throw unknownName(file, name)
      return { shape: [rows.length, columns.length], data: pick(columns) }
    },
    close: async () => {},
  }
  return file
}

/** A row as text, and the line that it ends on. */
type Row = { readonly line: number; readonly fields: readonly string[] }

function rowsOf(text: string, path: string): Row[] {
  const begin = /^\uFEFF?(?:(?:#.*|[^\S\r\n]*)(?:\r\n|\n|\r))*/.exec(text)![0].length
  const separator = separatorOf(/^[^\r\n]*/.exec(text.slice(begin))![0])
  // csv-parse splits at single separators: a run of blanks becomes one.
  const source = separator === ' ' ? text.replace(/[^\S\r\n]+/g, ' ').replace(/^ | $/gm, '') : text
  try {
    const found = parse(source, {
      bom: true,
      comment: '#',
      comment_no_infix: true,
      delimiter: separator,
      record_delimiter: ['\r\n', '\n', '\r'],
      skip_empty_lines: true,
      relax_column_count: true,
      trim: true,
      info: true,
    }) as unknown as { info: { lines: number }; record: string[] }[]
    return found
      .map(({ info, record }) => ({ line: info.lines, fields: record }))
      .filter(({ fields }) => fields.length > 1 || fields[0] !== '')
  } catch (cause) {
    const { message } = cause as Error
    throw corrupt(path, `it is not a table of comma-separated values (${message.slice(0, 120)})`)
  }
}

/** All fields as numbers, [rows, columns]. */
function numbersOf(rows: readonly Row[], titles: readonly string[], path: string): Float64Array {
  const width = titles.length
  const table = new Float64Array(rows.length * width)
  for (const [r, { line, fields }] of rows.entries()) {
    if (fields.length !== width)
      throw corrupt(path, `line ${line} has ${fields.length} fields, and the first line has ${width}`)
    for (const [c, field] of fields.entries()) {
      const value = numberOf(field)
      if (Number.isNaN(value) && !isNaNText(field))
        throw corrupt(
          path,
          `line ${line}, column ${c + 1} (${titles[c]!.slice(0, 30)}): "${field.slice(0, 30)}" is not a number`,
        )
      table[r * width + c] = value
    }
  }
  return table
}

const isNaNText = (field: string): boolean => /^[+-]?nan$/i.test(field)

/** An empty field is not a number, although Number('') is 0; infinity is written in several ways. */
function numberOf(field: string): number {
  if (field === '') return NaN
  const infinite = /^([+-]?)inf(inity)?$/i.exec(field)
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity
  return Number(field)
}

/** The most frequent separator of a line outside quotes; a blank if it has none. */
function separatorOf(line: string): string {
  const bare = line.replace(/"[^"]*"/g, '')
  const counts = [',', ';', '\t'].map((s) => [s, bare.split(s).length] as const)
  const [best, n] = counts.reduce((a, b) => (b[1] > a[1] ? b : a))
  return n > 1 ? best : ' '
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
