import { add, mul, treeMap } from '@spikeward/core'
import type { Optimizer } from '@spikeward/core'
import { checkNumber } from './options.js'
import type { Stateless } from './scale.js'

/**
 * Weight decay: u = g + λ θ. Before `scaleByAdam` it is an L2 penalty; between it and the rate it is decoupled decay
 * (AdamW).
 *
 * @param decay λ ≥ 0
 * @throws INVALID_OPTION
 * @see Loshchilov & Hutter 2017 (1711.05101)
 * @example const adamW = chain(scaleByAdam(), addDecayedWeights(1e-2), scaleByLearningRate(1e-3))
 */
export function addDecayedWeights(decay: number): Optimizer<Stateless> {
  checkNumber('addDecayedWeights', 'decay', decay, 'notNegative')
  return {
    name: `addDecayedWeights(${decay})`,
    init: () => ({}),
    update: (grad, state, params) => ({ updates: treeMap((g, p) => add(g, mul(p, decay)), grad, params), state }),
  }
}
