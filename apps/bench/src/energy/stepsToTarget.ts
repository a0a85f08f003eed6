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

/** Steps between two looks at the validation points. */
const EVERY = 100

/** The first step, in hundreds, at which the validation error reaches a target; null if it does not within the most steps. */
export async function stepsToTarget(
  network: SpikingMlp,
  problem: RegressionProblem,
  estimator: Estimator,
  { learningRate, batch, key, target, most }: Target,
  backend: Backend,
): Promise<number | null> {
  for await (const e of fit({
    network,
    problem,
    estimator,
    optimizer: adam(cosineDecay({ initial: learningRate, steps: most })),
    batch,
    backend,
    key,
    steps: most,
    every: most,
    validateEvery: EVERY,
  })) {
    if (e.type === 'validation' && e.relativeL2 <= target) return e.step
  }
  return null
}
