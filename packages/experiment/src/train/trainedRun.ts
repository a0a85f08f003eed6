import type { FitEvent, Snapshot, Variables } from '@spikeward/train'
import type { TrainConfig } from '../config/trainConfig.js'
import type { Result } from '../run/result.js'
import type { Backend, HostCoords, Sensors } from '@spikeward/core'
import type { Experiment } from '../assembly/experiment.js'
import type { FigureSpec } from '@spikeward/plots'
import type { Baselines } from '../baselines/baselines.js'
import { countOf, pointsOf } from '@spikeward/problems'
import type { Source } from '../run/startFrom.js'
import { usageError } from '../usage/usageError.js'
import type { ShownParts } from './displayRun.js'

/** A trained run. It holds a backend until it is disposed of; a program that ends needs no `await using`. */
export type TrainedRun = AsyncDisposable & {
  /** Every setting, also those that the problem's tuned settings gave. */
  readonly config: TrainConfig
  /**
   * Relative L2 error on the test split: of an operator the mean of the errors per function; NaN if the solution is not
   * known.
   */
  readonly relativeL2: number
  /** The same over all functions and points together. */
  readonly relativeL2Pooled: number
  /** Errors on the test split of other ways to learn the same data; null where one is not defined, or was left out. */
  readonly baselines: Baselines
  /** The numbers that the command prints with `--json`, without the folder. */
  readonly result: Omit<Result, 'run'>
  readonly experiment: Experiment
  readonly variables: Variables
  /** The newest state of the training, for `encodeCheckpoint` of `@spikeward/train`. */
  readonly snapshot: Snapshot
  /**
   * Values of the learned function, solution or operator.
   *
   * @example
   * const { values } = await run.predict({ input: (x) => Math.sin(2 * Math.PI * x), at: { x, t } })
   * @throws CLI_USAGE if input or places do not fit the problem
   */
  predict(options: PredictOptions): Promise<Prediction>
  /** The figure of the result on the test split, as the command draws it; null if such a problem has none. */
  figure(): Promise<FigureSpec | null>
  /**
   * Writes the run to a new folder, which the command's `evaluate`, `predict`, `export` and `resume` read.
   *
   * @throws CLI_FOLDER_IN_USE, CLI_UNWRITABLE; RUN_NOT_NAMED for a run with parts of a program's own; NEEDS_NODE in a
   *   page
   */
  save(folder: string): Promise<void>
}

export type TrainedParts = ShownParts & {
  readonly backend: Backend
  readonly snapshot: Snapshot
  save(folder: string): Promise<void>
}

// Figures are loaded by the first of them: most programs draw none.
const display = () => import('./displayRun.js')

export function trainedRun(trained: TrainedParts): TrainedRun {
  const { config, parts, backend, variables, snapshot, result, save } = trained
  const { experiment } = parts
  const run: TrainedRun = {
    config,
    relativeL2: result.relativeL2 ?? NaN,
    relativeL2Pooled: result.relativeL2Pooled ?? NaN,
    baselines: result.baselines,
    result,
    experiment,
    variables,
    snapshot,
    predict: (options) => predictAt(experiment, variables, options),
    figure: async () => (await display()).figureOf(trained),
    save,
    [Symbol.asyncDispose]: async () => backend[Symbol.asyncDispose](),
  }
  return Object.assign(run, { [Symbol.for('Jupyter.display')]: async () => (await display()).displayOf(trained) })
}

export type StoredRun = {
  readonly config: TrainConfig
  /** The events that are written, in their order. */
  readonly events: readonly FitEvent[]
  readonly solved: Snapshot | null
  readonly result: Omit<Result, 'run'>
}

export type RunFolders = {
  /** @throws CLI_FOLDER_IN_USE, CLI_UNWRITABLE, NEEDS_NODE in a page */
  save(path: string, run: StoredRun): Promise<void>
  /** @throws RUN_FOLDER_INVALID, NEEDS_NODE in a page */
  load(path: string): Promise<TrainedRun>
  /** The settings and the reported state of a run, without its data. The same errors. */
  source(path: string): Promise<Source>
}

/** A function of the coordinates. */
export type InputFunction = (...coordinates: number[]) => number

/** Where a run predicts. */
export type PredictOptions = {
  /**
   * For an operator: the input function, or one for each of several, or their values at the problem's sensors. Required
   * for operators, refused for others.
   */
  readonly input?: InputFunction | readonly InputFunction[] | ArrayLike<number>
  /** The coordinates of a grid, by axis: `{ x, t }`. Default for operators: the points of the problem's solutions. */
  readonly at?: Readonly<Record<string, ArrayLike<number>>>
  /** Points, each with a number for every axis, in the place of a grid. */
  readonly points?: readonly (readonly number[])[]
}

/** The values of a prediction. */
export type Prediction = {
  /** Row-major, of `shape`. */
  readonly values: Float64Array
  /** The lengths of the grid, or the number of points; then the outputs, if there are several. */
  readonly shape: readonly number[]
  /** The axes, in the order of the coordinates. */
  readonly axes: readonly string[]
  /** [points, axes], row-major. */
  readonly coordinates: Float64Array
}

function placesOf({ at, points }: PredictOptions, axes: readonly string[], usual: HostCoords | null): HostCoords {
  if (at !== undefined && points !== undefined) throw usageError('CLI_USAGE', 'both at and points are given; give one')
  if (points !== undefined) {
    const wrong = points.find((point) => point.length !== axes.length)
    if (wrong === undefined) return { kind: 'points', x: Float64Array.from(points.flat()), axes: axes.length }
    throw usageError('CLI_USAGE', `a point of ${wrong.length} numbers; give one number for each of ${axes.join(', ')}`)
  }
  if (at === undefined) {
    if (usual !== null) return usual
    throw usageError(
      'CLI_USAGE',
      `neither at nor points are given; give at: { ${axes.join(', ')} }, the axes of a grid`,
    )
  }
  const unknown = Object.keys(at).find((name) => !axes.includes(name))
  const missing = axes.find((name) => at[name] === undefined)
  if (unknown === undefined && missing === undefined)
    return { kind: 'grid', axes: axes.map((name) => Float64Array.from(at[name]!)) }
  throw usageError(
    'CLI_USAGE',
    `at has ${unknown === undefined ? `no coordinates for ${missing}` : `an axis "${unknown}"`}; the axes are ${axes.join(', ')}`,
  )
}

const lengthsOf = (at: HostCoords): readonly number[] =>
  at.kind === 'grid' ? at.axes.map((axis) => axis.length) : [countOf(at)]

const isFunctions = (input: NonNullable<PredictOptions['input']>): input is InputFunction | readonly InputFunction[] =>
  typeof input === 'function' || typeof input[0] === 'function'

/**
 * The values of input functions at the sensors of a problem; values are checked and copied.
 *
 * @throws CLI_USAGE for another number of values or functions, or values that are not finite
 */
export function valuesAtSensors(
  input: NonNullable<PredictOptions['input']>,
  { x, count, axes, functions }: Sensors,
): Float64Array {
  if (!isFunctions(input)) {
    if (input.length === count) return Float64Array.from(input)
    throw usageError(
      'CLI_USAGE',
      `input has ${input.length} values; the problem has ${count} sensors: give one for each`,
    )
  }
  const all = typeof input === 'function' ? [input] : input
  const several = functions?.length ?? 1
  if (all.length !== several)
    throw usageError('CLI_USAGE', `${all.length} input functions; the problem has ${several}: give one for each`)
  const own = functions === undefined ? 0 : 1
  const values = Float64Array.from({ length: count }, (_, i) => {
    const at = [...x.subarray(i * axes, (i + 1) * axes)]
    return all[own === 0 ? 0 : at[0]!]!(...at.slice(own))
  })
  if (values.every(Number.isFinite)) return values
  throw usageError('CLI_USAGE', 'input is not finite at every sensor; give a function that is finite on its domain')
}

export async function predictAt(
  { problem, names: { inputs: axes }, sensors, places, predict }: Experiment,
  variables: Variables,
  options: PredictOptions,
): Promise<Prediction> {
  const { input } = options
  if (sensors === null && input !== undefined)
    throw usageError('CLI_USAGE', `${problem.name} has no input function; leave out input, and give at or points`)
  if (sensors !== null && input === undefined)
    throw usageError('CLI_USAGE', `${problem.name} maps functions to functions; give input, such as (x) => Math.sin(x)`)
  const at = placesOf(options, axes, places?.usual ?? null)
  const functions = sensors === null ? null : valuesAtSensors(input!, sensors)
  const shape = [...lengthsOf(at), ...(problem.outputs > 1 ? [problem.outputs] : [])]
  return { values: await predict(variables, at, functions), shape, axes, coordinates: pointsOf(at).x }
}
