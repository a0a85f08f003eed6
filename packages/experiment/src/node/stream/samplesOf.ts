import { parse } from 'csv-parse/sync'
import { SpikewardError, isRecord, parseJson, printValue } from '@spikeward/core'
import { secondsOf } from '@spikeward/problems/node'
import type { Sample } from '@spikeward/train'
import { nearest, usageError } from '../../usage/usageError.js'

/** Columns of a stream: those to learn from, those to predict, and the one with the time. */
export interface Columns {
  readonly inputs: readonly string[]
  readonly targets: readonly string[]
  readonly time?: string | undefined
}

const MOST = 64
/** Characters of a line at most, so that a source without lines does not fill the memory. */
const LONGEST = 2 ** 20

const invalid = (line: number, fault: string): SpikewardError =>
  new SpikewardError(
    'STREAM_SAMPLE',
    `line ${line} of the stream ${fault}; a line is a row of a CSV file with a header, or a JSON object; an empty cell or null is a missing number`,
  )

function numberOf(value: unknown, column: string, line: number): number {
  if (value === null || value === undefined) return NaN
  const text = typeof value === 'string' ? value.trim() : null
  if (text !== null && /^(|na|n\/a|nan|null|\?)$/i.test(text)) return NaN
  const cell = typeof value === 'number' ? value : Number(text ?? NaN)
  if (!Number.isFinite(cell)) throw invalid(line, `has ${printValue(value)} in '${column}', which is no finite number`)
  return cell
}

/** A number as it is, or a date in seconds since 1970. */
function timeOf(value: unknown, column: string, line: number): number {
  const seconds = typeof value === 'string' ? secondsOf(value) : NaN
  return Number.isNaN(seconds) ? numberOf(value, column, line) : seconds
}

const namesOf = ({ inputs, targets, time }: Columns): string[] => [
  ...inputs,
  ...targets,
  ...(time === undefined ? [] : [time]),
]

/** Marks between cells; with semicolons a comma is a decimal mark. */
const SEPARATORS = [',', ';', '\t']

const absentIn = (present: readonly string[], columns: Columns): string | undefined =>
  namesOf(columns).find((name) => !present.includes(name))

const headerOf = (text: string, line: number, separator: string): readonly string[] =>
  cellsOf(text, line, separator).map((cell) => cell.trim())

function checkColumns(present: readonly string[], columns: Columns, line: number): void {
  const absent = absentIn(present, columns)
  if (absent === undefined) return
  const near = nearest(absent, present)
  throw usageError(
    'CLI_USAGE',
    `line ${line} of the stream has no '${absent}'${near === null ? '' : ` (did you mean '${near}'?)`}; it has ${present.map((n) => `'${n}'`).join(', ')}`,
  )
}

function lineReader(columns: Columns): (text: string, line: number) => Sample | null {
  const names = namesOf(columns)
  let width = 0
  let places: readonly number[] | null = null
  let isJson: boolean | null = null
  let separator = ','
  const sampleOf = (values: readonly unknown[], line: number): Sample => {
    const numbers = values.map((value, i) =>
      names[i] === columns.time ? timeOf(value, names[i]!, line) : numberOf(value, names[i]!, line),
    )
    const [x, y] = [numbers.slice(0, columns.inputs.length), numbers.slice(columns.inputs.length)]
    if (columns.time === undefined) return { x, y }
    const time = y.pop()!
    if (Number.isNaN(time)) throw invalid(line, `has no time in '${columns.time}'`)
    return { x, y, time }
  }
  return (text, line) => {
    if (text.trim() === '') return null
    isJson ??= text.trimStart().startsWith('{')
    if (isJson) {
      const record = jsonRecord(text, line)
      if (places === null) checkColumns(Object.keys(record), columns, line)
      places ??= []
      return sampleOf(
        names.map((name) => record[name]),
        line,
      )
    }
    if (places === null) {
      separator = SEPARATORS.find((one) => absentIn(headerOf(text, line, one), columns) === undefined) ?? ','
      const header = headerOf(text, line, separator)
      checkColumns(header, columns, line)
      width = header.length
      places = names.map((name) => header.indexOf(name))
      return null
    }
    const cells = cellsOf(text, line, separator)
    if (cells.length !== width) throw invalid(line, `has ${cells.length} cells, and the header ${width}`)
    return sampleOf(
      places.map((place) => (separator === ';' ? cells[place]?.replace(/^([^,]*),([^,]*)$/, '$1.$2') : cells[place])),
      line,
    )
  }
}

/**
 * Lists of samples from pieces of text: a CSV file with a header, or one JSON object a line. Blank lines are passed
 * over. A list holds samples that are there at once; the next piece is asked for when all of them have been taken, so
 * that a fast source waits. A last line without an end counts if the text ends.
 *
 * @param pass takes the error of a line that is no sample, which is then passed over; absent: it is thrown after the
 *   samples before it
 * @throws STREAM_SAMPLE, CLI_USAGE for a column that is not there
 */
export async function* samplesOf(
  texts: AsyncIterable<string>,
  columns: Columns,
  pass?: (error: SpikewardError) => void,
): AsyncGenerator<readonly Sample[], void> {
  const read = lineReader(columns)
  let [count, rest] = [0, '']
  function* lists(lines: readonly string[]): Generator<readonly Sample[], void> {
    let samples: Sample[] = []
    for (const text of lines) {
      try {
        const sample = read(count === 0 ? text.replace(/^\uFEFF/, '') : text, ++count)
        if (sample !== null) samples.push(sample)
      } catch (error) {
        if (pass !== undefined && error instanceof SpikewardError && error.code === 'STREAM_SAMPLE') pass(error)
        else {
          if (samples.length > 0) yield samples
          throw error
        }
      }
      if (samples.length < MOST) continue
      yield samples
      samples = []
    }
    if (samples.length > 0) yield samples
  }
  for await (const text of texts) {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    yield* lists(lines)
    if (rest.length > LONGEST) throw invalid(count + 1, `has more than ${LONGEST} characters`)
  }
  yield* lists([rest])
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

function cellsOf(line: string, count: number, separator: string): string[] {
  if (!line.includes('"')) return line.split(separator)
  try {
    const [cells = []] = parse(line, { relax_column_count: true, delimiter: separator })
    return cells
  } catch {
    throw invalid(count, 'has quotes that do not match')
  }
}
