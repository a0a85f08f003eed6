import { finished } from 'node:stream/promises'
import { Parser } from 'csv-parse'
import { parse } from 'csv-parse/sync'
import { SpikewardError } from '@spikeward/core'
import type { Watch } from './budget.js'
import { corrupt } from './dataFile.js'

/** Bytes that are parsed at a time. */
const BLOCK = 2 ** 16

/** The part of a text from its first line that is neither blank nor a comment. */
function contentOf(text: string): string {
  const passed = /(?:#.*|[^\S\r\n]*)(?:\r\n|\n|\r)/y
  let at = text.startsWith('\uFEFF') ? 1 : 0
  for (;;) {
    passed.lastIndex = at
    if (!passed.test(text)) return text.slice(at)
    at = passed.lastIndex
  }
}

/** The most frequent separator of a line outside quotes; a blank if it has none. */
function separatorOf(line: string): string {
  const unquoted = line.replace(/"[^"]*"/g, '')
  // Beside semicolons, a comma within a number is a decimal comma.
  const bare = unquoted.includes(';') ? unquoted.replace(/(?<=\d),(?=\d)/g, '') : unquoted
  const counts = [',', ';', '\t'].map((s) => [s, bare.split(s).length] as const)
  const [best, n] = counts.reduce((a, b) => (b[1] > a[1] ? b : a))
  return n > 1 ? best : ' '
}

/** The separator of a table, by its first line. */
export const separatorIn = (text: string): string => separatorOf(/^[^\r\n]*/.exec(contentOf(text))![0])

/** A parser that gives each row to a function at once, so that no rows wait in memory. */
class Rows extends Parser {
  constructor(
    options: ConstructorParameters<typeof Parser>[0],
    private readonly onRow: (fields: readonly string[]) => void,
  ) {
    super(options)
  }

  override push(row: readonly string[] | null): boolean {
    if (row === null) return super.push(null)
    this.onRow(row)
    return true
  }
}

/** The number of the line on which a row ends; parses the text again up to that row. */
export type LineOf = (row: number) => number

/** Receives the fields of a row, the place of lines, and the number of the row from 1. It may throw. */
export type OnRow = (fields: readonly string[], line: LineOf, row: number) => void

/**
 * Calls `onRow` with the fields of each row of a table, in order; see {@link csvFile} for what a row is.
 *
 * @param watch called before each block of 64 KiB
 * @throws DATA_CORRUPT if quotes are not closed
 */
export async function csvRows(text: string, path: string, onRow: OnRow, watch: Watch = () => {}): Promise<void> {
  const separator = separatorIn(text)
  // csv-parse splits at single separators: a run of blanks becomes one.
  const source = Buffer.from(separator === ' ' ? text.replace(/[^\S\r\n]+/g, ' ').replace(/^ | $/gm, '') : text)
  const options = {
    bom: true,
    comment: '#',
    comment_no_infix: true,
    delimiter: separator,
    record_delimiter: ['\r\n', '\n', '\r'],
    skip_empty_lines: true,
    relax_column_count: true,
    trim: true,
  }
  let rows = 0
  /** The parser knows the line of a row only while it parses, and telling it for every row takes most of the time. */
  const line: LineOf = (row) => {
    let rows = 0
    parse(source, {
      ...options,
      to: row,
      on_record: (_, { lines }) => {
        rows = lines
        return null
      },
    })
    return rows
  }
  const parser = new Rows(options, (fields) => {
    rows++
    if (fields.length > 1 || fields[0] !== '') onRow(fields, line, rows)
  })
  const ended = finished(parser.resume())
  try {
    for (let at = 0; at < source.length && !parser.errored; at += BLOCK) {
      watch()
      parser.write(source.subarray(at, at + BLOCK))
    }
    parser.end()
    await ended
  } catch (cause) {
    ended.catch(() => {})
    parser.destroy()
    if (cause instanceof SpikewardError) throw cause
    const { message } = cause as Error
    throw corrupt(path, `it is not a table of comma-separated values (${message.slice(0, 120)})`)
  }
}
