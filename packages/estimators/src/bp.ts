import { valueAndGrad } from '@spikeward/core'
import type { Estimator } from '@spikeward/core'
import { layOut } from './leaves.js'
import { cost } from './stats.js'
import type { Stateless } from './stats.js'

/**
 * Back-propagation through time: ĝ = ∇L, by reverse mode, through the surrogate slopes.
 *
 * The reference that all others are measured against.
 *
 * - Cost: 3 forward units (the pass, and about twice of it backwards). Memory grows with T: every layer's membrane is
 *   kept for every step.
 * - Bias: none, by definition. Variance: none.
 *
 * @throws PARAMS_NOT_FLOAT, PARAMS_EMPTY, NOT_A_SCALAR
 * @see Werbos 1990; with surrogate slopes: Neftci, Mostafa & Zenke 2019 (1901.09948)
 * @example const { value, grad } = bp().estimate(loss, params, {}, { key: key(0) })
 */
export function bp(): Estimator<Stateless> {
  return {
    name: 'bp',
    needs: 'vjp',
    unbiased: true,
    init: () => ({}),
    estimate(loss, params, state) {
      const p = layOut(loss, params)
      const [value, grad] = valueAndGrad(p.loss)(p.tensors)
      return { value, grad: p.rebuild(grad), state, stats: cost(3) }
    },
  }
}
