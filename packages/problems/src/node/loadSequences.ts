import { basename } from 'node:path'
import { type RegressionProblem, SpikewardError } from '@spikeward/core'
import { type SequenceProblemOptions, sequenceProblem, sequenceWindows } from '../regression/sequences/problem.js'
import { type NamedArray, checkFinite } from '../splits/namedArray.js'
import { readColumns } from './loadTable.js'
import { tableInputs } from './tableInputs.js'

type Columns = { readonly inputs: string; readonly time?: string; readonly runs?: string; readonly hold?: boolean }

/** Options of {@link loadSequences}: arrays are named as those of `loadTable`. */
export type LoadSequencesOptions = Omit<SequenceProblemOptions, 'name' | 'inputs' | 'outputs' | 'time' | 'runs'> &
  Columns & {
    /** A column of texts, or one number for each of the arrays' sequences, names classes. */
    readonly outputs: string
    /** A column of numbers that name classes; see `loadTable`. */
    readonly categories?: readonly string[]
  }

/**
 * Makes a problem of sequences from a data file: a table with a column of times, or arrays [sequences, time, channels].
 * See {@link sequenceProblem}.
 *
 * @throws those of `loadData` and of `sequenceProblem`; DATA_LEVELS, DATA_LEVEL_UNKNOWN for classes
 * @example const problem = await loadSequences('tank.csv', { time: 't', inputs: 'inflow,level', outputs: 'level', horizon: 10 })
 */
export async function loadSequences(path: string, options: LoadSequencesOptions): Promise<RegressionProblem> {
  const { inputs, outputs, time, runs, categories, classes, ...rest } = options
  const rows = await readRows(path, {
    ...{ inputs, hold: rest.hold ?? false },
    ...(time === undefined ? {} : { time }),
    ...(runs === undefined ? {} : { runs }),
  })
  const targets = await readTargets(path, outputs, rows.inputs, categories, classes)
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
  { inputs, time, runs, ...sizes }: LoadWindowsOptions,
): Promise<ReturnType<typeof sequenceWindows>> {
  return sequenceWindows({
    ...(await readRows(path, {
      ...{ inputs, hold: sizes.hold ?? false },
      ...(time === undefined ? {} : { time }),
      ...(runs === undefined ? {} : { runs }),
    })),
    ...sizes,
  })
}

async function readRows(
  path: string,
  { inputs, time, runs, hold = false }: Columns,
): Promise<{ readonly inputs: NamedArray; readonly time?: NamedArray; readonly runs?: NamedArray }> {
  return {
    inputs: await readColumns(path, inputs, hold),
    ...(time === undefined ? {} : { time: await readColumns(path, time) }),
    ...(runs === undefined ? {} : { runs: await readColumns(path, runs) }),
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
