import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { parse } from 'csv-parse/sync'
import { SpikewardError, isRecord, parseJson, printValue } from '@spikeward/core'
import { reading } from '@spikeward/core/node'
import type { Sample } from '@spikeward/train'
import { nearest } from '../../usage/nearest.js'
import { usageError } from '../../usage/usageError.js'

/** Columns of a stream: those to learn from, and those to predict. */
export interface Columns {
  readonly inputs: readonly string[]
  readonly targets: readonly string[]
}

/** The error for a line that is no sample. */
const invalid = (line: number, fault: string): SpikewardError =>
  new SpikewardError(
    'STREAM_SAMPLE',
    `line ${line} of the stream ${fault}; a line is a row of a CSV file with a header, or a JSON object; an empty cell or null is a missing number`,
  )

/** A number of a cell or a field; NaN where it is missing. */
function numberOf(value: unknown, column: string, line: number): number {
  if (value === null || value === undefined) return NaN
  if (typeof value === 'number') return value
  const text = typeof value === 'string' ? value.trim() : ''
  if (typeof value === 'string' && /^(|na|n\/a|nan|null|\?)$/i.test(text)) return NaN
  const found = typeof value === 'string' ? Number(text) : NaN
  if (Number.isNaN(found)) throw invalid(line, `has ${printValue(value)} in '${column}', which is no number`)
  return found
}

function checkColumns(present: readonly string[], { inputs, targets }: Columns, line: number): void {
  const absent = [...inputs, ...targets].find((name) => !present.includes(name))
  if (absent === undefined) return
  const near = nearest(absent, present)
  throw usageError(
    'CLI_USAGE',
    `line ${line} of the stream has no '${absent}'${near === undefined ? '' : ` (did you mean '${near}'?)`}; it has ${present.map((n) => `'${n}'`).join(', ')}`,
  )
}

/**
 * Samples from lines: a CSV file with a header, or one JSON object a line. Blank lines are passed over. A line is read when the last
 * sample has been taken, so that a fast source waits.
 *
 * @throws STREAM_SAMPLE, CLI_USAGE for a column that is not there
 */
export async function* samplesOf(lines: AsyncIterable<string>, columns: Columns): AsyncGenerator<Sample, void> {
  let header: readonly string[] | null = null
  let isJson: boolean | null = null
  let count = 0
  for await (const text of lines) {
    count++
    const line = count === 1 ? text.replace(/^\uFEFF/, '') : text
    if (line.trim() === '') continue
    isJson ??= line.trimStart().startsWith('{')
    let record: Readonly<Record<string, unknown>>
    if (isJson) {
      record = jsonRecord(line, count)
      if (header === null) checkColumns((header = Object.keys(record)), columns, count)
    } else {
      const cells = cellsOf(line, count)
      if (header === null) {
        checkColumns((header = cells.map((cell) => cell.trim())), columns, count)
        continue
      }
      if (cells.length !== header.length)
        throw invalid(count, `has ${cells.length} cells, and the header ${header.length}`)
      record = Object.fromEntries(header.map((name, i) => [name, cells[i]]))
    }
    const numbers = (names: readonly string[]): number[] => names.map((name) => numberOf(record[name], name, count))
    yield { x: numbers(columns.inputs), y: numbers(columns.targets) }
  }
}

function jsonRecord(line: string, count: number): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = parseJson(line)
  } catch {
    throw invalid(count, 'is no JSON')
  }
  if (isRecord(value)) return value
  throw invalid(count, 'is JSON, but no object')
}

function cellsOf(line: string, count: number): string[] {
  try {
    const [cells = []] = parse(line, { relax_column_count: true })
    return cells
  } catch {
    throw invalid(count, 'has quotes that do not match')
  }
}

/**
 * Reads the samples of a source: a file, a pipe, or standard input as `-`.
 *
 * @throws FILE_UNREADABLE; those of {@link samplesOf}
 */
export async function* readSamples(source: string, columns: Columns): AsyncGenerator<Sample, void> {
  const input = source === '-' ? process.stdin : (await reading(source, () => open(source))).createReadStream()
  const lines = createInterface({ input, crlfDelay: Infinity })
  try {
    yield* samplesOf(lines, columns)
  } finally {
    lines.close()
    if (source !== '-') input.destroy()
  }
}
