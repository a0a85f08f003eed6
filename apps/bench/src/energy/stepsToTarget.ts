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

/** A training that ended at its target, or after the most steps. */
export type Reached = {
  /** Null if it did not reach the target. */
  readonly steps: number | null
  /** Wall-clock time of a step without compilation, with a hundredth of a validation. */
  readonly msPerStep: number
}

/** Steps between two looks at the validation points, and looks that a time needs. */
const [EVERY, LOOKS] = [100, 3]

/** The first step, in hundreds, at which the validation error reaches a target, and the time of a step. */
export async function stepsToTarget(
  network: SpikingMlp,
  problem: RegressionProblem,
  estimator: Estimator,
  { learningRate, batch, key, target, most }: Target,
  backend: Backend,
): Promise<Reached> {
  const looks: { readonly step: number; readonly seconds: number }[] = []
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
    every: most,
    validateEvery: EVERY,
  })) {
    if (e.type !== 'validation') continue
    looks.push(e)
    if (steps === null && e.relativeL2 <= target) steps = e.step
    if (steps !== null && looks.length >= LOOKS) break
  }
  const [first, last] = [looks[0], looks.at(-1)]
  const msPerStep =
    first === undefined || last === undefined
      ? Number.NaN
      : (1000 * (last.seconds - first.seconds)) / (last.step - first.step)
  return { steps, msPerStep }
}
