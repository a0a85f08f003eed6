import { type Estimator, type Tree, add, defineFactory, valueAndGrad } from '@spikeward/core'
import { innerArgument } from '../shared/estimatorOptions.js'
import { cosineOf } from '../shared/leaves.js'

/**
 * Adds the cosine between the estimate and ∇L, which back-propagation computes:
 *
 *     stats.cosine = ⟨ĝ, ∇L⟩ / (‖ĝ‖ ‖∇L‖),   0 if either is zero
 *
 * - Cost: 3 more forward units for the reverse pass, and its memory: use it to inspect, not to train.
 * - Bias and variance: those of the wrapped one, whose gradient, value and state do not change.
 *
 * The cosine is to the *surrogate* gradient: for an estimator of `needs: 'evaluate'`, whose target is the smoothed
 * loss of true spikes, a small cosine is not an error.
 *
 * @see ours
 * @example
 * const e = withCosine(lowRank({ directions: 64 }))
 * const { stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.cosine?.item() // 0.92
 */
export const withCosine = /* @__PURE__ */ defineFactory(
  {
    kind: 'combinator',
    name: 'withCosine',
    summary: 'an estimator that also measures its cosine to the gradient',
    facts: { cost: '3 more' },
    arguments: innerArgument,
  },
  (read) =>
    <S extends Tree>(e: Estimator<S>): Estimator<S> => {
      read({}, { inner: e })
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
    },
)
