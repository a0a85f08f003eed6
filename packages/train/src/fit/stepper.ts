import { type Estimator, type Key, type Optimizer, type Tree, jit } from '@spikeward/core'
import { type StepLoss, type TrainState, type TrainStep, trainStep } from './trainStep.js'

/** Takes the steps of a run: compiles them, runs them, frees what it compiled. */
export type Stepper<P extends Tree, D extends Tree> = {
  /** The state before the first step. Pure and traceable. */
  init(params: P): TrainState<P>
  /**
   * The shares of the batch that this rank evaluates, if a step has several: share b draws its data with the step's
   * loss key folded by b. Absent: one share, which uses the loss key itself.
   */
  readonly shares?: readonly number[]
  /**
   * Takes one step without waiting for the device; it overwrites the given state. Absent if a step waits for other
   * processes.
   */
  step?(state: TrainState<P>, data: D, key: Key): TrainState<P>
  /**
   * Takes one step while the event loop continues.
   *
   * @param each data of each of `shares`, in their order, if a task reads them step by step; default: `data` for all
   */
  stepAsync(state: TrainState<P>, data: D, key: Key, each?: readonly D[]): Promise<TrainState<P>>
  /** Compiles the functions of a step asynchronously; undefined if the backend compiles at the first call. */
  prepare(state: TrainState<P>, data: D, key: Key): Promise<void> | undefined
  dispose(): void
}

/** Makes the stepper of a run from its loss, estimator and optimiser. */
export type MakeStepper = <P extends Tree, D extends Tree>(
  loss: StepLoss<P, D>,
  estimator: Estimator,
  optimizer: Optimizer,
) => Stepper<P, D>

/** One compiled program per step: the default stepper of `fit`. */
export const compiledStepper: MakeStepper = (loss, estimator, optimizer) =>
  compiledSteps(trainStep(loss, estimator, optimizer))

export function compiledSteps<P extends Tree, D extends Tree>({ init, step }: TrainStep<P, D>): Stepper<P, D> {
  const run = jit(step, { donate: [0] })
  return {
    init,
    step: run,
    stepAsync: (state, data, key) => run.async(state, data, key),
    prepare: (...args) => run.inspect(...args).executable.prepare?.(),
    dispose: () => run.dispose(),
  }
}
