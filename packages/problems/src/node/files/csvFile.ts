import { corrupt, unknownName } from './dataFile.js'
import type { DataFile, NdArray } from './dataFile.js'

/**
 * A table of numbers as text: one row a line; separated by comma, semicolon or tab, whichever the first line has most
 * of (else by blanks); with a line of names at the top or without; lines that begin with # are passed over.
 *
 * A column is read by its name as an array [rows]. Columns whose names differ only in a number at the end (f_0, f_1, …;
 * f0, f1; f[0], f[1]) are also read together, in the order of those numbers, as f: [rows, columns]. `first:last` names a
 * range of columns, by their names or, where there are none, by their numbers from 1.
 *
 * A file cut short is an error where its last row has too few fields. One that ends, without an end of line, inside its
 * last number cannot be told from a whole one: 1.25 cut to 1.2 is a number, and no format of text says how long it is to be.
 *
 * @throws DATA_CORRUPT with line and column, where a field is no number or a row is of another length
 */
export function csvFile(text: string, path: string): DataFile {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  const rows: { line: number; fields: string[] }[] = []
  let separator: string | RegExp | null = null
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    separator ??= separatorOf(line)
    const fields = line
      .trim()
      .split(separator)
      .map((f) => f.trim().replace(/^"(.*)"$/, '$1'))
    rows.push({ line: i + 1, fields })
  }
  if (rows.length === 0) throw corrupt(path, 'it holds no rows')
  const titled = rows[0]!.fields.some((f) => f !== '' && Number.isNaN(numberOf(f)) && !/^[+-]?nan$/i.test(f))
  const titles = titled ? rows.shift()!.fields : rows[0]!.fields.map((_, c) => String(c + 1))
  if (rows.length === 0) throw corrupt(path, 'it holds names but no rows')
  const width = titles.length
  const table = new Float64Array(rows.length * width)
  for (const [r, { line, fields }] of rows.entries()) {
    if (fields.length !== width)
      throw corrupt(path, `line ${line} has ${fields.length} fields, and the first line has ${width}`)
    for (const [c, field] of fields.entries()) {
      const value = numberOf(field)
      if (Number.isNaN(value) && !/^[+-]?nan$/i.test(field))
        throw corrupt(path, `line ${line}, column ${c + 1} (${titles[c]!}): "${field.slice(0, 30)}" is no number`)
      table[r * width + c] = value
    }
  }
  const groups = groupsOf(titles)
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
      const [first, last] = name.split(':').map((t) => titles.indexOf(t.trim()))
      const range = last !== undefined && first! >= 0 && last >= first!
      const columns = groups.get(name) ?? (range ? titles.map((_, c) => c).slice(first, last + 1) : null)
      if (!columns) throw unknownName(file, name)
      return { shape: [rows.length, columns.length], data: pick(columns) }
    },
    close: async () => {},
  }
  return file
}

/** An empty field is no number, though Number('') is 0; 'inf' is written in other ways in other places. */
function numberOf(field: string): number {
  if (field === '') return NaN
  const infinite = /^([+-]?)inf(inity)?$/i.exec(field)
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity
  return Number(field)
}

function separatorOf(line: string): string | RegExp {
  const counts = [',', ';', '\t'].map((s) => [s, line.split(s).length] as const)
  const [best, n] = counts.reduce((a, b) => (b[1] > a[1] ? b : a))
  return n > 1 ? best : /\s+/
}

/** Columns that differ only in a number at the end, in the order of those numbers; two at least. */
function groupsOf(titles: readonly string[]): Map<string, number[]> {
  const found = new Map<string, { column: number; number: number }[]>()
  for (const [column, title] of titles.entries()) {
    const parts = /^(.*?[^\d_.[(-])[_.[(-]?(\d+)[\])]?$/.exec(title)
    if (parts) found.set(parts[1]!, [...(found.get(parts[1]!) ?? []), { column, number: Number(parts[2]) }])
  }
  const groups = new Map<string, number[]>()
  for (const [name, columns] of found)
    if (columns.length > 1 && !titles.includes(name))
      groups.set(
        name,
        columns.sort((a, b) => a.number - b.number).map((c) => c.column),
      )
  return groups
}
