import { type RegressionProblem, SpikewardError } from '@spikeward/core'
import { type NamedArray, type SequenceProblemOptions, sequenceProblem } from '@spikeward/problems'
import { npzArrays } from './npzArrays.js'

/** A file of the user's: a table with a row for each time, or arrays, and the columns or the two arrays that count. */
export type OwnSequences = {
  /** The text of a table, or the bytes of a .npz file. */
  readonly content: string | Uint8Array<ArrayBuffer>
  /** Columns, with commas between their names; or one array [sequences, time, channels], and for classes [sequences]. */
  readonly inputs: string
  readonly outputs: string
  /** The column of times, numbers or dates, and the column with the number of the run; empty: there is none. */
  readonly time: string
  readonly run: string
  /** Rows that the targets lie ahead. */
  readonly horizon: number
  /** Whether rows are not equally spaced, so that the network reads the time between them. */
  readonly elapsed: boolean
}

type Table = { readonly names: readonly string[]; readonly rows: readonly (readonly string[])[] }

const bare = (field: string): string => field.trim().replace(/^"(.*)"$/, '$1')

/** The columns of a table as text: one row a line, the first with names, after lines that begin with #. */
export function tableOf(text: string): Table {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'))
  const separator = [';', '\t', ','].find((s) => lines[0]?.includes(s)) ?? ','
  const [names = [], ...rows] = lines.map((line) => line.split(separator).map(bare))
  const short = rows.findIndex((row) => row.length !== names.length)
  if (short < 0) return { names, rows }
  throw new SpikewardError(
    'DATA_CORRUPT',
    `row ${short + 1} has ${rows[short]!.length} fields, and ${names.length} columns have names; give each row a field for each column`,
  )
}

function textsIn({ names, rows }: Table, name: string): readonly string[] {
  const at = names.indexOf(name)
  if (at >= 0) return rows.map((row) => row[at]!)
  throw new SpikewardError('DATA_NAME_UNKNOWN', `the table has no column "${name}"; it has ${names.join(', ')}`)
}

/** Columns of numbers; an empty field is missing. */
function numbersIn(table: Table, columns: string): NamedArray {
  const names = columns.split(',').map((name) => name.trim())
  const all = names.map((name) =>
    textsIn(table, name).map((text, r) => {
      const value = text === '' ? NaN : Number(text)
      if (text === '' || Number.isFinite(value)) return value
      throw new SpikewardError('DATA_CORRUPT', `"${text.slice(0, 30)}" in row ${r + 1} of "${name}" is no number`)
    }),
  )
  const data = Float64Array.from(table.rows.flatMap((_, r) => all.map((column) => column[r]!)))
  return { name: columns, shape: [table.rows.length, names.length], data }
}

/** A column of which equal fields are equal numbers. */
function levelsIn(table: Table, name: string): { readonly column: NamedArray; readonly levels: readonly string[] } {
  const texts = textsIn(table, name)
  const levels = [...new Set(texts)].sort(new Intl.Collator('en', { numeric: true }).compare)
  return { column: { name, shape: [texts.length], data: Float64Array.from(texts, (t) => levels.indexOf(t)) }, levels }
}

/** Times as numbers, or dates in seconds. */
function timesIn(table: Table, name: string): NamedArray {
  const texts = textsIn(table, name)
  const data = Float64Array.from(texts, (t) => (Number.isNaN(Number(t)) ? Date.parse(t) / 1000 : Number(t)))
  return { name, shape: [data.length], data }
}

type Read = Pick<SequenceProblemOptions, 'inputs' | 'outputs' | 'classes' | 'time' | 'runs'>

function readTable(text: string, own: OwnSequences): Read {
  const table = tableOf(text)
  const inputs = numbersIn(table, own.inputs)
  const isClass = textsIn(table, own.outputs.split(',')[0]!.trim()).some((field) => Number.isNaN(Number(field)))
  const { column, levels } = isClass ? levelsIn(table, own.outputs) : { column: null, levels: [] }
  return {
    ...{ inputs, outputs: column ?? numbersIn(table, own.outputs) },
    ...(isClass ? { classes: levels } : {}),
    ...(own.time === '' ? {} : { time: timesIn(table, own.time) }),
    ...(own.run === '' ? {} : { runs: levelsIn(table, own.run).column }),
  }
}

async function readArrays(bytes: Uint8Array<ArrayBuffer>, own: OwnSequences): Promise<Read> {
  const arrays = await npzArrays(bytes)
  const [inputs, outputs] = [own.inputs, own.outputs].map((name) => {
    const array = arrays.get(name.trim())
    if (array !== undefined) return array
    const all = Array.from(arrays, ([one, { shape }]) => `${one} [${shape.join(' × ')}]`).join(', ')
    throw new SpikewardError('DATA_NAME_UNKNOWN', `the file has no array "${name}"; it has ${all}`)
  }) as [NamedArray, NamedArray]
  if (outputs.data.length !== inputs.shape[0]) return { inputs, outputs }
  const levels = [...new Set(outputs.data)].sort((a, b) => a - b)
  return {
    inputs,
    outputs: { ...outputs, data: outputs.data.map((v) => levels.indexOf(v)) },
    classes: levels.map(String),
  }
}

/**
 * The problem of a table with a column of times, or of runs, or of arrays. An output of texts, or an array with one
 * number for each sequence, names classes; an input with missing fields keeps its last value.
 *
 * @throws DATA_CORRUPT, DATA_NAME_UNKNOWN; those of `sequenceProblem`
 */
export async function ownSequences(
  own: OwnSequences,
  windowing: Pick<SequenceProblemOptions, 'delays' | 'window' | 'warmUp'>,
): Promise<RegressionProblem> {
  const { content, horizon, elapsed } = own
  const read = typeof content === 'string' ? readTable(content, own) : await readArrays(content, own)
  const hold = read.inputs.data.some(Number.isNaN)
  return sequenceProblem({ name: 'sequences', ...read, ...windowing, horizon, elapsed, hold })
}
