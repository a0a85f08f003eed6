import { adam, addDecayedWeights, chain, scale, sgd } from '@spikeward/optim'
import type { Schedule } from '@spikeward/optim'
import type { Optimizer } from '@spikeward/core'

/**
 * Adam, u = −r(t) μ̂ / (√ν̂ + ε) − λ θ. The decay is decoupled, and the same in every step whatever the rate, so that
 * Kolen–Pollack feedback can follow it.
 *
 * A contender that returns a step takes gradient descent at the rate r(t) instead.
 *
 * @param decay λ, the share of every parameter that a step removes; 0 is Adam alone
 * @param steps whether the contender returns a step
 */
export function tunedOptimizer(rate: Schedule, decay: number, steps = false): Optimizer {
  if (steps) return sgd(rate)
  return decay === 0 ? adam(rate) : chain(adam(rate), scale(-1), addDecayedWeights(decay), scale(-1))
}
