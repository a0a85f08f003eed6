import { add, valueAndGrad } from '@spikeward/core'
import type { Estimator, Tree } from '@spikeward/core'
import { cosineOf } from './geometry.js'

/**
 * An estimator that also says how well it did: `stats.cosine` = ⟨ĝ, ∇L⟩ / (‖ĝ‖ ‖∇L‖), with ∇L by back-propagation, 0
 * where either is zero.
 *
 * Gradient, value and state are untouched. The reverse pass is counted: 3 forward units more, and its memory. Take it
 * for a look, not for training.
 *
 * The cosine is to the *surrogate* gradient: for an estimator of `needs: 'evaluate'`, whose target is the smoothed
 * loss of true spikes, a small cosine is no fault.
 *
 * @example const { stats } = withCosine(rfg()).estimate(loss, params, {}, { key: key(0) }); await stats.cosine.item()
 */
export function withCosine<S extends Tree>(e: Estimator<S>): Estimator<S> {
  return {
    ...e,
    name: `withCosine(${e.name})`,
    needs: 'vjp',
    estimate(loss, params, state, ctx) {
      const one = e.estimate(loss, params, state, ctx)
      const [, truth] = valueAndGrad(loss)(params)
      return {
        ...one,
        stats: {
          ...one.stats,
          cosine: cosineOf(one.grad, truth),
          forwardEquivalents: add(one.stats.forwardEquivalents, 3),
        },
      }
    },
  }
}
