import type { Backend, Estimator, RegressionProblem } from '@spikeward/core'
import { adam, cosineDecay } from '@spikeward/optim'
import type { SpikingMlp } from '@spikeward/operators'
import { fit } from '@spikeward/train'

/** A training to a target. */
export type Target = {
  readonly learningRate: number
  readonly batch: number
  readonly key: number
  /** Relative L2 on the validation points. */
  readonly target: number
  readonly most: number
}

/** A training that ended at its target, or at the step limit. */
export type Reached = {
  /** Null if it did not reach the target. */
  readonly steps: number | null
  /** Wall-clock time of a step without compilation and validation. */
  readonly msPerStep: number
}

/** Steps between two validations. */
export const LOOK_EVERY = 20

/** Steps between two clock readings, and the number of readings that a mean needs. */
const [TIME_EVERY, TIMES] = [100, 3]

/** The first step at which the validation error is found to reach a target, and the time of a step. */
export async function stepsToTarget(
  network: SpikingMlp,
  problem: RegressionProblem,
  estimator: Estimator,
  { learningRate, batch, key, target, most }: Target,
  backend: Backend,
): Promise<Reached> {
  const times: { readonly step: number; readonly seconds: number }[] = []
  let steps: number | null = null
  for await (const e of fit({
    network,
    problem,
    estimator,
    optimizer: adam(cosineDecay({ initial: learningRate, steps: most })),
    batch,
    backend,
    key,
    steps: most,
    every: TIME_EVERY,
    validateEvery: LOOK_EVERY,
  })) {
    if (e.type === 'metrics') times.push(e)
    if (e.type === 'validation' && steps === null && e.relativeL2 <= target) steps = e.step
    if (steps !== null && times.length >= TIMES) break
  }
  const [first, last] = [times[0], times.at(-1)]
  const msPerStep =
    first === undefined || last === undefined
      ? Number.NaN
      : (1000 * (last.seconds - first.seconds)) / (last.step - first.step)
  return { steps, msPerStep }
}
