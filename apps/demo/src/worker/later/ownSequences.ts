import { type RegressionProblem, SpikewardError } from '@spikeward/core'
import { type NamedArray, type SequenceProblemOptions, sequenceProblem } from '@spikeward/problems'

/** A table of the user's with a row for each time, and the columns of it that count. */
export type OwnSequences = {
  readonly text: string
  /** Columns, with commas between their names. */
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

/**
 * The problem of a table with a column of times, or of runs. An output of texts names the class of each run; an input
 * with missing fields keeps its last value.
 *
 * @throws DATA_CORRUPT, DATA_NAME_UNKNOWN; those of `sequenceProblem`
 */
export async function ownSequences(
  own: OwnSequences,
  windowing: Pick<SequenceProblemOptions, 'delays' | 'window' | 'warmUp'>,
): Promise<RegressionProblem> {
  const table = tableOf(own.text)
  const inputs = numbersIn(table, own.inputs)
  const isClass = textsIn(table, own.outputs.split(',')[0]!.trim()).some((text) => Number.isNaN(Number(text)))
  const { column, levels: classes } = isClass ? levelsIn(table, own.outputs) : { column: null, levels: [] }
  const options: SequenceProblemOptions = {
    ...{ name: 'sequences', inputs, outputs: column ?? numbersIn(table, own.outputs), horizon: own.horizon },
    ...windowing,
    ...{ elapsed: own.elapsed, hold: inputs.data.some(Number.isNaN) },
    ...(isClass ? { classes } : {}),
    ...(own.time === '' ? {} : { time: timesIn(table, own.time) }),
    ...(own.run === '' ? {} : { runs: levelsIn(table, own.run).column }),
  }
  return sequenceProblem(options)
}
