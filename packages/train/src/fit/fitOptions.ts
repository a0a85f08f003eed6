import { SpikewardError } from '@spikeward/core'
import type { Backend, Estimator, Key, Optimizer, Tree } from '@spikeward/core'
import type { Snapshot } from '../checkpoint/snapshot.js'
import { regressionTask } from '../tasks/regressionTask.js'
import type { Points, RegressionTaskOptions } from '../tasks/regressionTask.js'
import type { Task, Variables } from '../tasks/task.js'

/**
 * A pure, traceable change of the learned variables that is made after every `every` steps, such as an exact solve of
 * the readout. It depends on the step's number alone, so that it does not hurt the exactness of a resume.
 */
export type Callback<P extends Tree = Tree, F extends Tree = Tree, D extends Tree = Tree> = {
  readonly every: number
  run(variables: Variables<P, F>, data: D): P
}

/** How a run is made, whatever is learned. */
export type RunOptions<P extends Tree, F extends Tree, D extends Tree> = {
  readonly estimator: Estimator
  readonly optimizer: Optimizer
  /** Where all random numbers come from: a whole number, or a key. */
  readonly key: number | Key
  /** Stop after this many steps in all, those before a resume included. */
  readonly steps?: number
  /** Stop after this many seconds of training in all. At least one of `steps` and `seconds` is needed. */
  readonly seconds?: number
  /** Where to run. Default: the reference backend. */
  readonly backend?: Backend
  /** Steps between two metrics events. Default 10. */
  readonly every?: number
  /** Steps between two validations; 0 (default): none. */
  readonly validateEvery?: number
  /** Steps between two checkpoint events; 0 (default): one at the end only. */
  readonly checkpointEvery?: number
  readonly callbacks?: readonly Callback<P, F, D>[]
  /** Go on from here. Bit for bit the run that was never stopped, given the same other options. */
  readonly resume?: Snapshot
  /** Ends the run after the step in progress, with reason `aborted`. */
  readonly signal?: AbortSignal
}

/** A run of a task: own objective, own data. */
export type TaskFitOptions<P extends Tree, F extends Tree, D extends Tree> = RunOptions<P, F, D> & {
  readonly task: Task<P, F, D>
}

/** A run of a regression problem: options of {@link regressionTask} and of the run. */
export type RegressionFitOptions<P extends Tree, F extends Tree> = RunOptions<P, F, Points> &
  RegressionTaskOptions<P, F>

function count(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new SpikewardError('INVALID_OPTION', `fit: ${name} = ${value}; give a whole number of at least ${least}`)
  }
}

/** Throws INVALID_OPTION where a number among the options is impossible, or nothing would ever end the run. */
export function checkOptions<P extends Tree, F extends Tree, D extends Tree>(o: RunOptions<P, F, D>): void {
  if (o.steps === undefined && o.seconds === undefined) {
    throw new SpikewardError(
      'INVALID_OPTION',
      'fit: neither steps nor seconds; the run would never end; give one of them',
    )
  }
  if (o.steps !== undefined) count('steps', o.steps, 0)
  if (o.seconds !== undefined && !(o.seconds > 0)) {
    throw new SpikewardError('INVALID_OPTION', `fit: seconds = ${o.seconds}; give a number above 0`)
  }
  count('every', o.every ?? 10, 1)
  count('validateEvery', o.validateEvery ?? 0, 0)
  count('checkpointEvery', o.checkpointEvery ?? 0, 0)
  o.callbacks?.forEach((i) => count('the every of a callback', i.every, 1))
}

/** The task that the options name, or the one that network and problem make. */
export function taskOf<P extends Tree, F extends Tree, D extends Tree>(
  options: TaskFitOptions<P, F, D> | RegressionFitOptions<P, F>,
): Task<P, F, D> {
  // The overloads of `fit` see to it that D is the type of a regression's points in the second case.
  return 'task' in options ? options.task : (regressionTask(options) as unknown as Task<P, F, D>)
}
