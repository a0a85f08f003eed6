import { Key, SpikewardError, checkBackend, checkNames, isEstimator, isOptimizer, describeValue } from '@spikeward/core'
import type { Backend, Estimator, FloatDType, Optimizer, ShareOut, Tensor, Tree, Variables } from '@spikeward/core'
import type { JsonRecord, Snapshot } from '../checkpoint/snapshot.js'
import { type Points, type RegressionTaskOptions, regressionTask } from '../tasks/regressionTask.js'
import type { Task } from '../tasks/task.js'
import type { MakeStepper } from './stepper.js'

/**
 * A pure, traceable change of the learned variables after every `every` steps, such as an exact solve of the readout.
 * It depends on the step's number alone, so that a resumed run stays exact.
 */
export type Callback<P extends Tree = Tree, F extends Tree = Tree, D extends Tree = Tree> = {
  readonly every: number
  /** @param precision the widest floating-point type of the backend */
  run(variables: Variables<P, F>, data: D, precision: FloatDType): P
  /**
   * The same change in parts, which a run with `share` calls in place of `run`. Absent: every rank computes all of it.
   */
  readonly shared?: SharedCallback<P, F, D>
}

/**
 * A callback in parts for several processes. The numbers of the parts are merged in a fixed order, so that the result
 * is the same to the bit for any number of processes.
 */
export type SharedCallback<P extends Tree = Tree, F extends Tree = Tree, D extends Tree = Tree> = {
  readonly parts: number
  /**
   * The element type in which the merged numbers are given to `finish`. Default: that of the variables. On a backend
   * without this type, every rank calls `run` instead.
   */
  readonly dtype?: FloatDType
  /** Tensors that `part` and `finish` read, computed once by every rank. Traced. */
  prepare(variables: Variables<P, F>, data: D): readonly Tensor[]
  /** Numbers [n] of the part with this index, a scalar of type u32. Traced. */
  part(variables: Variables<P, F>, data: D, index: Tensor, prepared: readonly Tensor[]): Tensor
  /** Combines the numbers of all parts, on the host. */
  merge(parts: readonly Float64Array[]): Float64Array
  /** The new learned variables from the merged numbers. Traced. */
  finish(variables: Variables<P, F>, data: D, merged: Tensor, prepared: readonly Tensor[]): P
}

/** Options of a run, for every task. */
export type RunOptions<P extends Tree, F extends Tree, D extends Tree> = {
  readonly estimator: Estimator
  readonly optimizer: Optimizer
  /** The source of all random numbers: a whole number, or a key. */
  readonly key: number | Key
  /** Stop after this many steps in all, those before a resume included. */
  readonly steps?: number
  /** Stop after this many seconds of training in all. Give `steps`, `seconds` or both. */
  readonly seconds?: number
  /** Where to run. Default: the cpu backend on one thread. */
  readonly backend?: Backend
  /** Steps between two metrics events. Default 10. */
  readonly every?: number
  /** Steps between two validations; 0 (default): none. */
  readonly validateEvery?: number
  /**
   * Ends the run after this many validations in a row without a lower error (early stopping), with reason `patience`,
   * and emits a `best` event at each lowest error. With `Infinity` it emits the events and never ends the run. Needs
   * `validateEvery` and a task that can be validated. Default: no early stopping and no `best` events.
   */
  readonly patience?: number
  /** Steps between two checkpoint events; 0 (default): one at the end only. */
  readonly checkpointEvery?: number
  /**
   * Steps between two checks; 0 (default): none. A check compares a directional derivative of the loss (with smoothed
   * spikes) with finite differences, and the backend with the reference. It ends the run with CHECK_DERIVATIVE or
   * CHECK_BACKEND if they differ, and takes as long as about ten steps on the reference backend.
   */
  readonly check?: number
  readonly callbacks?: readonly Callback<P, F, D>[]
  /**
   * Takes the steps in place of the default single compiled program, such as `overRanks` of `@spikeward/distributed`,
   * which spreads them over ranks. Ranks end a run at the same step by `steps`, `patience` or an agreed signal;
   * `seconds` is refused, because their clocks differ.
   */
  readonly stepper?: MakeStepper
  /** Runs the batches of a validation, such as on the ranks that take the steps. Default: one after another. */
  readonly share?: ShareOut
  /**
   * A JSON record that rebuilds the network from a checkpoint alone: its factory, options, domain and scales. Stored in
   * every checkpoint, and compared with that of `resume`. Default: none.
   */
  readonly model?: JsonRecord
  /**
   * The snapshot to continue from. With the same other options, the run is bit for bit the one that was never stopped.
   */
  readonly resume?: Snapshot
  /** Ends the run after the step in progress, with reason `aborted`. */
  readonly signal?: AbortSignal
}

/** Options of a run of a {@link Task}. */
export type TaskFitOptions<P extends Tree, F extends Tree, D extends Tree> = RunOptions<P, F, D> & {
  readonly task: Task<P, F, D>
}

/** Options of a run of a regression problem: those of `regressionTask`, and of the run. */
export type RegressionFitOptions<P extends Tree, F extends Tree> = RunOptions<P, F, Points> &
  RegressionTaskOptions<P, F>

function count(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `fit: ${name} is ${describeValue(value)}; give a whole number of at least ${least}`,
    )
  }
}

function checkPatience(patience: number | undefined, validateEvery = 0): void {
  if (patience === undefined) return
  if (patience !== Infinity) count('patience', patience, 1)
  if (validateEvery > 0) return
  throw new SpikewardError(
    'INVALID_OPTION',
    'fit: patience without validateEvery; no error would be measured; give both',
  )
}

/** The options that are whole numbers, with the least value of each. */
const counts = { steps: 0, every: 1, validateEvery: 0, checkpointEvery: 0, check: 0 } as const

/**
 * Checks the options that only a run uses.
 *
 * @throws INVALID_OPTION if a number is impossible, if the run would never end, or if a callback is not one;
 *   INVALID_BACKEND
 */
export function checkOptions<P extends Tree, F extends Tree, D extends Tree>(o: RunOptions<P, F, D>): void {
  checkAwaited('fit', o)
  if (o.backend !== undefined) checkBackend(o.backend, 'fit')
  if (o.steps === undefined && o.seconds === undefined) {
    throw new SpikewardError(
      'INVALID_OPTION',
      'fit: neither steps nor seconds; the run would never end; give one of them',
    )
  }
  for (const [name, least] of Object.entries(counts) as [keyof typeof counts, number][]) {
    if (o[name] !== undefined) count(name, o[name], least)
  }
  if (o.seconds !== undefined && !(typeof o.seconds === 'number' && o.seconds > 0)) {
    throw new SpikewardError('INVALID_OPTION', `fit: seconds is ${describeValue(o.seconds)}; give a number above 0`)
  }
  if (o.seconds !== undefined && o.stepper !== undefined) {
    throw new SpikewardError(
      'INVALID_OPTION',
      'fit: seconds and a stepper are given, but the clocks of its processes may differ; give steps',
    )
  }
  checkPatience(o.patience, o.validateEvery)
  if (o.callbacks === undefined) return
  need('fit', 'callbacks', o.callbacks, isCallbacks, 'a list of callbacks, such as [{ every: 10, run }]')
  o.callbacks.forEach((i) => count('the every of a callback', i.every, 1))
}

const has = (value: unknown, method: string): boolean =>
  typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[method] === 'function'

const isTask = (value: unknown): boolean => has(value, 'init') && has(value, 'data') && has(value, 'objective')

const isCallbacks = (value: unknown): boolean => Array.isArray(value) && value.every((i) => has(i, 'run'))

/** Throws INVALID_OPTION for an option that is still a promise. */
function checkAwaited(caller: string, options: object): void {
  for (const [name, value] of Object.entries(options) as [string, { readonly then?: unknown } | null | undefined][]) {
    if (typeof value?.then !== 'function') continue
    throw new SpikewardError('INVALID_OPTION', `${caller}: ${name} is a promise; await it: ${name}: await …`)
  }
}

/** Throws INVALID_OPTION unless the value fits. */
function need(caller: string, name: string, value: unknown, fits: (value: unknown) => boolean, what: string): void {
  if (fits(value)) return
  throw new SpikewardError('INVALID_OPTION', `${caller}: ${name} is ${describeValue(value)}; give ${what}`)
}

/** The names of all options of a run; the type makes the list complete. */
const runNames: Readonly<Record<keyof RunOptions<Tree, Tree, Tree>, true>> = {
  estimator: true,
  optimizer: true,
  key: true,
  steps: true,
  seconds: true,
  backend: true,
  every: true,
  validateEvery: true,
  patience: true,
  checkpointEvery: true,
  check: true,
  callbacks: true,
  stepper: true,
  share: true,
  model: true,
  resume: true,
  signal: true,
}

/** The names that only a regression has. */
const regressionNames: Readonly<Record<keyof RegressionTaskOptions<Tree, Tree>, true>> = {
  network: true,
  problem: true,
  batch: true,
  loss: true,
  units: true,
  dtype: true,
}

/** The options without those that are undefined; what is no record stays as it is. */
const definedOf = (options: unknown): unknown =>
  typeof options === 'object' && options !== null && !Array.isArray(options)
    ? Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
    : options

/**
 * The task of the options, or the regression task of their network and problem. An option that is undefined counts as
 * not given, since programs pass optional values on: `{ task, batch: undefined }` is a run of the task.
 *
 * @param caller the function that was called, for messages
 * @throws UNKNOWN_OPTION for a name that would be ignored, such as `learningRate`; INVALID_OPTION for no options, and
 *   for parts of the step that are missing, not called or not awaited
 */
export function taskOf<P extends Tree, F extends Tree, D extends Tree>(
  caller: string,
  options: TaskFitOptions<P, F, D> | RegressionFitOptions<P, F>,
): Task<P, F, D> {
  const o = Object(options) as Readonly<Record<string, unknown>>
  // `task: undefined` without a network or a problem is a task that is missing.
  const ofTask = o['task'] !== undefined || ('task' in o && o['network'] === undefined && o['problem'] === undefined)
  const names = ofTask ? { task: true, ...runNames } : { ...regressionNames, ...runNames }
  checkNames(caller, definedOf(options), Object.keys(names))
  const { estimator, optimizer, key, task, network, problem } = o
  checkAwaited(caller, { estimator, optimizer, key, task, network, problem })
  if (ofTask) {
    const such = 'a task, such as await operatorTask({ network, problem }), or a network and a problem of a regression'
    need(caller, 'task', task, isTask, such)
  }
  need(caller, 'estimator', estimator, isEstimator, 'an estimator, such as rfg()')
  need(caller, 'optimizer', optimizer, isOptimizer, 'an optimiser, such as adam(1e-2)')
  need(caller, 'key', key, (k) => Number.isSafeInteger(k) || k instanceof Key, 'a whole number, such as 0, or a key')
  // By the overloads of `fit`, D is the type of a regression's points in the second case.
  return ofTask
    ? (task as Task<P, F, D>)
    : (regressionTask(options as RegressionFitOptions<P, F>) as unknown as Task<P, F, D>)
}

/**
 * The backend of a run that names none: `cpu` on one thread. Of the backends that run everywhere and read results
 * synchronously, it is the fastest. One thread needs no clean-up: its memory is freed with the last tensor of the run.
 *
 * It is imported on demand, so that a page that passes its own backend loads no other.
 *
 * @throws (rejects) SIMD_UNAVAILABLE
 */
export async function defaultBackend(): Promise<Backend> {
  const { cpu } = await import('@spikeward/backend-cpu')
  return cpu({ threads: 1 })
}
