import { type Estimator, type Tree, cast, defineFactory, div, greater, mul, treeMap, where } from '@spikeward/core'
import { innerArgument } from '../shared/estimatorOptions.js'
import { norm } from '../shared/leaves.js'

/**
 * The direction of an estimate without its length, over all parameters together,
 *
 *     ĝ = e/‖e‖,   and 0 if e is 0
 *
 * The length of (g·v)v varies strongly with g·v; a step of fixed length avoids this.
 *
 * - Cost: none beyond the wrapped one. Bias: yes, the length is lost (`unbiased` is false). Variance:
 *   only of the direction, since ‖ĝ‖ = 1 always.
 *
 * @see ours
 * @example
 * const e = normalise(rfg({ directions: 4 }))
 * const { grad } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * const squares = treeLeaves(grad).map((g) => sum(square(g)))
 * await squares.reduce((a, b) => add(a, b)).item() // 1.000000
 */
export const normalise = /* @__PURE__ */ defineFactory(
  {
    kind: 'combinator',
    name: 'normalise',
    summary: 'the estimate, scaled to length 1: biased',
    facts: { cost: 'none' },
    arguments: innerArgument,
  },
  (read) =>
    <S extends Tree>(e: Estimator<S>): Estimator<S> => {
      read({}, { inner: e })
      return {
        ...e,
        name: `normalise(${e.name})`,
        unbiased: false,
        estimate(loss, params, state, ctx) {
          const one = e.estimate(loss, params, state, ctx)
          const length = norm(one.grad)
          const factor = where(greater(length, 0), div(1, length), 0)
          return { ...one, grad: treeMap((g) => mul(g, cast(factor, g.dtype)), one.grad) }
        },
      }
    },
)
