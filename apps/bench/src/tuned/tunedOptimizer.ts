import { adam, addDecayedWeights, chain, scale } from '@spikeward/optim'
import type { Schedule } from '@spikeward/optim'
import type { Optimizer } from '@spikeward/core'

/**
 * Adam, u = −r(t) m̂ / (√v̂ + ε) − λ θ. The decay is decoupled, and the same in every step whatever the rate, so that
 * Kolen–Pollack feedback can follow it.
 *
 * @param decay λ, the share of every parameter that a step removes; 0 is Adam alone
 */
export const tunedOptimizer = (rate: Schedule, decay: number): Optimizer =>
  decay === 0 ? adam(rate) : chain(adam(rate), scale(-1), addDecayedWeights(decay), scale(-1))
