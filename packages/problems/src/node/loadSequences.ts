import { basename } from 'node:path'
import { type InputColumn, type RegressionProblem, SpikewardError } from '@spikeward/core'
import { type SequenceProblemOptions, sequenceProblem, sequenceWindows } from '../regression/sequences/problem.js'
import { type NamedArray, checkFinite } from '../splits/namedArray.js'
import { openDataFile } from './files/openDataFile.js'
import { readColumns } from './loadTable.js'
import { tableInputs } from './tableInputs.js'

type Columns = {
  readonly inputs: string
  /** Numbers, or dates of ISO 8601 such as 2026-12-03T05:00Z. */
  readonly time?: string
  readonly runs?: string
  readonly hold?: boolean
  /** The columns of the table that a network learned from, whose levels hold here too. */
  readonly like?: readonly InputColumn[]
}

/** Options of {@link loadSequences}: arrays are named as those of `loadTable`. */
export type LoadSequencesOptions = Omit<SequenceProblemOptions, 'name' | 'inputs' | 'outputs' | 'time' | 'runs'> &
  Columns & {
    /** A column of texts, or one number for each of the arrays' sequences, names classes. */
    readonly outputs: string
    /** Columns of numbers that are categories: inputs, or the output that names classes; see `loadTable`. */
    readonly categories?: readonly string[]
  }

/**
 * Makes a problem of sequences from a data file: a table with a column of times, or arrays [sequences, time, channels].
 * An input column of texts becomes one channel for each of its texts. See {@link sequenceProblem}.
 *
 * @throws those of `loadData` and of `sequenceProblem`; DATA_LEVELS, DATA_LEVEL_UNKNOWN for categories and classes;
 *   DATA_TIME for a text that is no date
 * @example const problem = await loadSequences('tank.csv', { time: 't', inputs: 'inflow,level', outputs: 'level', horizon: 10 })
 */
export async function loadSequences(path: string, options: LoadSequencesOptions): Promise<RegressionProblem> {
  const { inputs, time, runs, like, outputs, categories, classes, ...rest } = options
  const isTarget = (name: string): boolean => outputs.split(',').includes(name)
  const rows = await readRows(
    path,
    { inputs, time, runs, like, hold: rest.hold },
    categories?.filter((name) => !isTarget(name)),
  )
  const targets = await readTargets(path, outputs, rows.inputs, categories?.filter(isTarget), classes)
  return sequenceProblem({ name: basename(path), ...rows, ...targets, ...rest })
}

/** The options of {@link loadWindows}. */
export type LoadWindowsOptions = Columns & Omit<Parameters<typeof sequenceWindows>[0], 'inputs' | 'time' | 'runs'>

/**
 * Reads the last window of each sequence of a data file, for a network that was trained on classes.
 *
 * @throws those of `loadData` and of {@link sequenceWindows}
 * @example const { x, runs } = await loadWindows('new.csv', { inputs: 'u', time: 't', runs: 'run', delays: 8, window: 16, warmUp: 16 })
 */
export async function loadWindows(
  path: string,
  { inputs, time, runs, like, ...sizes }: LoadWindowsOptions,
): Promise<ReturnType<typeof sequenceWindows>> {
  const columns = { inputs, time, runs, like, hold: sizes.hold }
  return sequenceWindows({ ...(await readRows(path, columns)), ...sizes })
}

type Rows = Pick<SequenceProblemOptions, 'inputs' | 'columns' | 'time' | 'runs'>

async function readRows(
  path: string,
  {
    inputs,
    time,
    runs,
    hold = false,
    like,
  }: { [K in keyof Columns]: Columns[K] | undefined } & { readonly inputs: string },
  categories?: readonly string[],
): Promise<Rows> {
  const read = await tableInputs(path, inputs, {
    gaps: hold,
    ...(categories === undefined || categories.length === 0 ? {} : { categories }),
    ...(like === undefined ? {} : { like }),
  })
  const hasLevels = read.columns?.some(({ levels }) => levels !== null) === true
  return {
    inputs: read.inputs,
    ...(hasLevels ? { columns: read.columns.map((column) => ({ ...column, fill: null })) } : {}),
    ...(time === undefined ? {} : { time: await readTimes(path, time) }),
    ...(runs === undefined ? {} : { runs: await readColumns(path, runs) }),
  }
}

/** A date, or a date and a time, of ISO 8601 or with a blank between; without a zone it is UTC. */
const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s?(Z|[+-]\d\d:?\d\d)?)?$/

/**
 * A time as a number of seconds since 1970; NaN for a text that is no date.
 *
 * @example secondsOf('2026-12-03 05:00Z') - secondsOf('2026-12-03') // 18000
 */
export function secondsOf(text: string): number {
  const [, date, time = '00:00', zone = 'Z'] = ISO.exec(text.trim()) ?? []
  return Date.parse(`${date}T${time}${zone}`) / 1000
}

/** A column of times: numbers as they are, dates in seconds since 1970. */
async function readTimes(path: string, name: string): Promise<NamedArray> {
  const file = await openDataFile(path)
  try {
    if (file.texts === undefined || file.holdsTexts?.(name) !== true) return await readColumns(path, name)
    const texts = await file.texts(name)
    const data = Float64Array.from(texts, secondsOf)
    const bad = data.findIndex(Number.isNaN)
    if (bad < 0) return { name, shape: [data.length], data }
    throw new SpikewardError(
      'DATA_TIME',
      `"${texts[bad]!.slice(0, 30)}" in row ${bad + 1} of "${name}" is no time; write numbers, or dates such as 2026-12-03 or 2026-12-03T05:00:00Z`,
    )
  } finally {
    await file.close()
  }
}

/** Numbers to predict, or the number of the class of each row or sequence. */
async function readTargets(
  path: string,
  name: string,
  rows: NamedArray,
  categories: readonly string[] | undefined,
  known: readonly string[] | undefined,
): Promise<Pick<SequenceProblemOptions, 'outputs' | 'classes'>> {
  const { inputs: read, columns } = await tableInputs(path, name, {
    ...(categories === undefined ? {} : { categories }),
    ...(known === undefined ? {} : { like: [{ name, levels: known }] }),
  })
  const column = columns?.find(({ levels }) => levels !== null)
  const whole = rows.shape.length === 3 && read.data.length === rows.shape[0]
  if (column === undefined && !whole) return { outputs: read }
  checkFinite(read)
  if (column !== undefined && columns!.length > 1)
    throw new SpikewardError(
      'INVALID_OPTION',
      `outputs ${name}: "${column.name}" names classes; a sequence has one class: name this column alone`,
    )
  const texts = column === undefined ? Array.from(read.data, String) : null
  const classes = known ?? column?.levels ?? [...new Set(texts)].sort((a, b) => Number(a) - Number(b))
  const width = classes.length
  const data =
    texts === null
      ? Float64Array.from({ length: read.shape[0]! }, (_, r) =>
          read.data.subarray(r * width, (r + 1) * width).indexOf(1),
        )
      : Float64Array.from(texts, (text) => classes.indexOf(text))
  const unknown = data.indexOf(-1)
  if (texts !== null && unknown >= 0)
    throw new SpikewardError(
      'DATA_LEVEL_UNKNOWN',
      `"${name}" holds ${texts[unknown]!} for sequence ${unknown}, which is none of the classes of the training: ${classes.slice(0, 20).join(', ')}`,
    )
  if (texts !== null && (width < 2 || !read.data.every(Number.isInteger)))
    throw new SpikewardError(
      'DATA_LEVELS',
      `"${name}" holds one number for each sequence, which names its class: give whole numbers of two or more classes; found ${classes.slice(0, 5).join(', ')}`,
    )
  return { outputs: { name, shape: [data.length], data }, classes }
}
