import { jit } from '@spikeward/core'
import type { Estimator, Key, Optimizer, Tree } from '@spikeward/core'
import { trainStep } from './trainStep.js'
import type { StepLoss, TrainState } from './trainStep.js'

/** Takes the steps of a run: compiles them, runs them, frees what it compiled. */
export type Stepper<P extends Tree, D extends Tree> = {
  /** The state before the first step. Pure and traceable. */
  init(params: P): TrainState<P>
  /**
   * Takes one step without waiting for the device; it overwrites the given state. Absent if a step waits for other
   * processes.
   */
  step?(state: TrainState<P>, data: D, key: Key): TrainState<P>
  /** The same while the event loop continues. */
  stepAsync(state: TrainState<P>, data: D, key: Key): Promise<TrainState<P>>
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
export const compiledStepper: MakeStepper = (loss, estimator, optimizer) => {
  const { init, step } = trainStep(loss, estimator, optimizer)
  const run = jit(step, { donate: [0] })
  return {
    init,
    step: run,
    stepAsync: (...args) => run.async(...args),
    prepare: (...args) => run.inspect(...args).executable.prepare?.(),
    dispose: () => run.dispose(),
  }
}
