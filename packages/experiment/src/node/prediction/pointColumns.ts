/** Which columns of a table are the coordinates of the points that a run predicts. */
import type { InputColumn } from '@spikeward/core'
import type { TrainConfig } from '../../config/trainConfig.js'
import type { Experiment, OperatorExperiment } from '../../assembly/experiment.js'
import { listedNames, openDataFile, readColumns, readInputsLike } from '@spikeward/problems/node'
import type { NdArray } from '@spikeward/problems/node'
import { unnamedOutputs } from '../../deployment/exportable.js'
import type { Io } from '../../io/io.js'
import { usageError } from '../../usage/usageError.js'
import { isColumnFile } from './inputFunctions.js'

/** The columns that names of a setting stand for, such as `a:c,e`; null if the file is not a table of columns. */
async function columnsOf(path: string, names: string): Promise<readonly string[] | null> {
  if (!isColumnFile(path)) return null
  const file = await openDataFile(path)
  await file.close()
  return listedNames(file, names).flatMap((name) => file.columns?.(name) ?? [])
}

/** The names of the inputs of a column: its own, or one for each level. */
const inputNames = ({ name, levels }: InputColumn): readonly string[] =>
  levels === null ? [name] : levels.map((level) => `${name}=${level}`)

const plainColumn = (name: string): InputColumn => ({ name, levels: null, fill: null })

const unnamed = (inputs: number): readonly string[] =>
  inputs === 1 ? ['x'] : Array.from({ length: inputs }, (_, a) => `x${a + 1}`)

/**
 * Names of inputs and outputs in the order of the network: the columns of the table that a run learned from, or the axes of its equation;
 * else x, or x1, x2, … (`known` is false).
 */
export async function namesOf(
  config: Pick<TrainConfig, 'data' | 'inputs' | 'outputs'>,
  { problem }: Exclude<Experiment, OperatorExperiment>,
): Promise<{
  readonly inputs: readonly string[]
  readonly outputs: readonly string[] | null
  readonly known: boolean
  /** The columns of a table that has these inputs; null if they have no names. */
  readonly columns: readonly InputColumn[] | null
}> {
  const { data, inputs, outputs } = config
  const [x, y] =
    data === null || inputs === null || outputs === null
      ? [null, null]
      : [await columnsOf(data, inputs), await columnsOf(data, outputs)]
  const named = (names: readonly string[], columns: readonly InputColumn[] = names.map(plainColumn)) => ({
    inputs: names,
    outputs: y?.length === problem.outputs ? y : null,
    known: true,
    columns,
  })
  if ('columns' in problem && problem.columns !== undefined)
    return named(problem.columns.flatMap(inputNames), problem.columns)
  if (x?.length === problem.inputs) return named(x)
  if ('axes' in problem) return { ...named(problem.axes), outputs: null }
  return { inputs: unnamed(problem.inputs), outputs: null, known: false, columns: null }
}

/**
 * Reads the points of a table by the names of their columns, in the order of the network. If the table has none of these names and no column is
 * a category, its columns are taken in their order. Null if the file is not a table of columns.
 *
 * @throws CLI_USAGE if it has some of the names
 */
export async function readNamedPoints(
  path: string,
  columns: readonly InputColumn[],
  io: Io,
): Promise<(NdArray & { readonly name: string }) | null> {
  if (!isColumnFile(path)) return null
  const names = columns.map(({ name }) => name)
  const file = await openDataFile(path)
  try {
    const absent = names.filter((name) => file.names.get(name)?.length !== 1)
    if (absent.length === names.length && columns.every(({ levels }) => levels === null)) {
      io.err(`note: ${path} has no columns ${names.join(', ')}; its columns are taken in their order\n`)
      const titles = [...file.names].flatMap(([name, shape]) => (shape?.length === 1 ? [name] : []))
      return await readColumns(path, titles.length === 1 ? titles[0]! : `${titles[0]}:${titles.at(-1)}`)
    }
    if (absent.length > 0) {
      throw usageError(
        'CLI_USAGE',
        `${path} has no column ${absent.join(', ')}; the run learned from ${names.join(', ')}; add it, or name other columns with --inputs first:last`,
      )
    }
    return await readInputsLike(path, columns)
  } finally {
    await file.close()
  }
}

export type FigureNames = { readonly inputs: readonly string[]; readonly outputs: readonly string[] }

/** Names of the inputs and outputs of a run: the columns of its table, or the axes of its problem. */
export async function figureNames(
  config: Pick<TrainConfig, 'data' | 'inputs' | 'outputs'>,
  experiment: Experiment,
): Promise<FigureNames> {
  if (experiment.kind === 'operator') {
    const { axes, outputs } = experiment.problem
    return { inputs: axes, outputs: unnamedOutputs(outputs, 'u') }
  }
  const { inputs, outputs, known } = await namesOf(config, experiment)
  return { inputs, outputs: outputs ?? unnamedOutputs(experiment.problem.outputs, known ? 'u' : 'y') }
}
