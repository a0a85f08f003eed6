import { type PinnProblem, type PointSet, type RegressionProblem, SpikewardError } from '@spikeward/core'
import { loadWindows, readArrays } from '@spikeward/problems/node'
import {
  ALL_TEST,
  inPlaceOf,
  namesIn,
  readOwn,
  readSequences,
  readTable,
  readingOf,
  sequenceReading,
} from '../assembly/data/ownData.js'
import type { Experiment, MeasuredOn } from '../../assembly/experiment.js'
import type { TrainConfig } from '../../config/trainConfig.js'
import type { OwnData } from '../../host/host.js'
import { usageError } from '../../usage/usageError.js'

/**
 * The solution of an equation in a user's file, as points with values. `--coords x,t` names one vector for each axis,
 * of the grid that the values [x × t] are on, or of a list of points; or one array [points × axes]. `--outputs usol`
 * names the values of each component, with commas, or one array whose last axis is that of the components.
 *
 * @throws CLI_USAGE if names are missing; DATA_SHAPE if the arrays do not fit together
 */
export async function readSolution({ data, outputs, coords }: OwnData, problem: PinnProblem): Promise<PointSet> {
  if (outputs === null || coords === null)
    throw usageError(
      'CLI_USAGE',
      `--data of an equation needs --outputs and --coords, such as --outputs usol --coords x,t; ${data} has: ${await namesIn(data)}`,
    )
  const [values, places] = [outputs, coords].map((names) => names.split(',').map((name) => name.trim())) as [
    string[],
    string[],
  ]
  const arrays = await readArrays(data, [...values, ...places])
  const [y, x] = [arrays.slice(0, values.length), arrays.slice(values.length)]
  const axes = problem.axes.length
  const wrong = (what: string): SpikewardError =>
    new SpikewardError(
      'DATA_SHAPE',
      `${data}: expected ${what}, as ${problem.name} has; found: ${shown(values, y)}; ${shown(places, x)}`,
    )
  if (x.length !== axes && x.length !== 1)
    throw wrong(`--coords with one vector for each of ${axes} axes (${problem.axes.join(',')})`)
  const columns = x.length === 1 && axes > 1 ? columnsOf(x[0]!, axes) : x.map((a) => a.data)
  if (columns === null) throw wrong(`coordinates of [points × ${axes}]`)
  const size = y[0]!.data.length / (y.length === 1 ? problem.outputs : 1)
  if ((y.length !== 1 && y.length !== problem.outputs) || y.some((a) => a.data.length !== y[0]!.data.length))
    throw wrong(`${problem.outputs} components`)
  const lengths = columns.map((c) => c.length)
  const product = lengths.reduce((a, b) => a * b, 1)
  const listed = lengths.every((n) => n === size)
  // A list of points, if every column has one coordinate for each value; else the grid of all combinations.
  const grid = listed ? null : product === size ? lengths : undefined
  if (
    grid === undefined ||
    (grid !== null && y.some((a) => isTurned(a.shape, grid, y.length === 1 ? problem.outputs : 1)))
  )
    throw wrong(`values [${lengths.join(' × ')}], or as many as there are points`)
  const points = new Float64Array(size * axes)
  for (let p = 0; p < size; p++) {
    let rest = p
    for (let a = axes - 1; a >= 0; a--) {
      const n = lengths[a]!
      points[p * axes + a] = columns[a]![grid === null ? p : rest % n]!
      rest = Math.floor(rest / n)
    }
  }
  const all = new Float64Array(size * problem.outputs)
  for (let i = 0; i < all.length; i++)
    all[i] = y.length === 1 ? y[0]!.data[i]! : y[i % problem.outputs]!.data[Math.floor(i / problem.outputs)]!
  return { x: points, y: all, count: size, grid }
}

type Arrays = Awaited<ReturnType<typeof readArrays>>

const shown = (names: readonly string[], arrays: Arrays): string =>
  names.map((name, i) => `${name} [${arrays[i]!.shape.join(' × ')}]`).join(', ')

/**
 * Whether an array has an axis for each axis of a grid, with other lengths: that of [t × x] has the size of [x × t].
 */
function isTurned(shape: readonly number[], grid: readonly number[], outputs: number): boolean {
  const long = (lengths: readonly number[]): number[] => lengths.filter((n) => n !== 1)
  const [own, expected] = [long(shape), long(outputs === 1 ? grid : [...grid, outputs])]
  return own.length === expected.length && own.some((n, i) => n !== expected[i])
}

function columnsOf({ shape, data }: Arrays[number], axes: number): Float64Array[] | null {
  if (shape.length !== 2 || shape[1] !== axes) return null
  return Array.from({ length: axes }, (_, a) => Float64Array.from(data.filter((__, i) => i % axes === a)))
}

/**
 * The data of a user's file in the form of those that a run learned from: pairs of functions, points with their
 * outputs, or values of the solution of an equation, which may be a reference of the user's own.
 *
 * @throws DATA_SHAPE if they do not fit the run; those of the readers
 */
export async function readLike(
  { config, parts }: { readonly config: TrainConfig; readonly parts: { readonly experiment: Experiment } },
  own: OwnData,
): Promise<MeasuredOn> {
  const { problem } = parts.experiment
  if (problem.kind === 'pinn') return { kind: 'points', points: await readSolution(own, problem) }
  if (problem.kind === 'regression')
    return { kind: 'points', points: (await tableLike(config, problem, own)).points('test') }
  const functions = inPlaceOf(problem, await readOwn(own, 0, ALL_TEST, problem.sensors.x), own)
  return { kind: 'functions', problem: functions, data: await functions.data('test') }
}

/** The sizes of the windows that a network learned from. */
const sizesOf = ({ window }: RegressionProblem) =>
  window === undefined ? {} : { window: window.scored, warmUp: window.steps - window.scored }

const namesOf = ({ window }: RegressionProblem) => ({
  ...(window?.classes === undefined ? {} : { classes: window.classes }),
  ...(window?.columns === undefined ? {} : { like: window.columns }),
})

/** The last window of each sequence of a file, read as those that a network learned from. */
export function readSequencesLike(
  { inputs, sequences }: TrainConfig,
  problem: RegressionProblem,
  path: string,
  names: string | undefined,
): ReturnType<typeof loadWindows> {
  if (sequences === null || problem.window === undefined)
    throw new SpikewardError(
      'INTERNAL',
      'a run without sequences was read as one of sequences; this is a bug in Spikeward',
    )
  const { steps, scored, delays, columns } = problem.window
  return loadWindows(path, {
    ...sequenceReading(sequences),
    ...(columns === undefined ? {} : { like: columns }),
    inputs: names ?? inputs ?? '',
    window: scored,
    warmUp: steps - scored,
    delays,
  })
}

async function tableLike(
  { inputs, outputs, missing, sequences }: TrainConfig,
  problem: RegressionProblem,
  own: OwnData,
): Promise<RegressionProblem> {
  const titles = problem.columns?.map(({ name }) => name).join(',') ?? inputs
  const source = { ...own, inputs: own.inputs ?? titles, outputs: own.outputs ?? outputs }
  // The levels and the means of the training hold for the columns of the training.
  const like = own.inputs === null && problem.columns !== undefined ? { like: problem.columns } : {}
  const reading = { ...like, ...readingOf(null, missing === 'drop' ? 'drop' : null) }
  const table =
    sequences === null
      ? await readTable(source, 0, ALL_TEST, reading)
      : await readSequences(source, 0, ALL_TEST, { ...sequences, ...sizesOf(problem) }, namesOf(problem))
  if (table.inputs === problem.inputs && table.outputs === problem.outputs) return table
  const counts = ({ inputs: i, outputs: n }: RegressionProblem): string => `${i} inputs and ${n} outputs`
  throw new SpikewardError(
    'DATA_SHAPE',
    `${own.data}: expected ${counts(problem)}, as ${problem.name} has; found: ${counts(table)}`,
  )
}
