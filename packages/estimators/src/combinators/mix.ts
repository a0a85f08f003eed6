import { add, defineFactory, defineOptions, estimatorOption, mul, number, treeMap } from '@spikeward/core'
import type { Estimator, Tree } from '@spikeward/core'
import { jointlyUnbiased, mostDemanding } from '../shared/facts.js'

/** State of {@link mix}: those of the two estimators. */
export type MixState<A extends Tree, B extends Tree> = { readonly first: A; readonly second: B }

/**
 * A weighted mean of two estimators, each with its own key:
 *
 *     ĝ = (1 − w) ĝ₁ + w ĝ₂
 *
 * - Cost: the sum of both. Bias: none if neither has any. Variance: (1 − w)² Var₁ + w² Var₂; smallest at w = Var₁/(Var₁
 *   + Var₂).
 * - Value: that of the first. Stats: only the cost.
 *
 * @param weight w of the second, 0 to 1
 * @throws INVALID_OPTION if the weight is not in [0, 1]
 * @see ours
 * @example
 * const e = mix(rfg({ directions: 4 }), bp(), 0.1)
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.forwardEquivalents.item() // 8
 */
export const mix = /* @__PURE__ */ defineFactory(
  {
    kind: 'combinator',
    name: 'mix',
    summary: 'weighted mean of two estimators',
    facts: { cost: 'the sum' },
    arguments: /* @__PURE__ */ defineOptions(() => ({
      first: estimatorOption({ required: true, help: 'the first estimator' }),
      second: estimatorOption({ required: true, help: 'the second estimator' }),
      weight: number({ min: 0, max: 1, required: true, help: 'share of the second (w)' }),
    })),
  },
  (read) =>
    <A extends Tree, B extends Tree>(
      first: Estimator<A>,
      second: Estimator<B>,
      weight: number,
    ): Estimator<MixState<A, B>> => {
      read({}, { first, second, weight })
      return {
        name: `mix(${first.name}, ${second.name}, ${weight})`,
        needs: mostDemanding([first, second]),
        unbiased: jointlyUnbiased([first, second]),
        init: (params) => ({ first: first.init(params), second: second.init(params) }),
        estimate(loss, params, state, { key }) {
          const a = first.estimate(loss, params, state.first, { key: key.fold(0) })
          const b = second.estimate(loss, params, state.second, { key: key.fold(1) })
          return {
            value: a.value,
            grad: treeMap((x, y) => add(mul(x, 1 - weight), mul(y, weight)), a.grad, b.grad),
            state: { first: a.state, second: b.state },
            stats: { forwardEquivalents: add(a.stats.forwardEquivalents, b.stats.forwardEquivalents) },
          }
        },
      }
    },
)
