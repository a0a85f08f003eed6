import { type Estimator, type Tree, cast, defineFactory, mul, rademacher, treeMap } from '@spikeward/core'
import { innerArgument } from '../shared/estimatorOptions.js'

/**
 * An estimate times a random sign, drawn anew in every step: a control for experiments,
 *
 *     ĝ = s e,   s = ±1 with equal probability,   so E[ĝ] = 0
 *
 * It keeps the size of every step and loses the gradient. A training that gains under `randomSign(e)` does not gain by
 * the gradient, but for example by features that move at random below a readout that is solved again.
 *
 * - Cost: none beyond the wrapped one. Bias: the gradient itself (`unbiased` is false). Variance: the second moment of
 *   `e`.
 * - Value, state and stats are those of the wrapped one.
 *
 * @see ours
 * @example
 * const inner = bp()
 * const e = randomSign(inner)
 * const signs = [0, 1, 2, 3].map((i) => e.estimate(({ x }) => sum(x), { x: tensor([2]) }, {}, { key: key(i) }))
 * await Promise.all(signs.map(({ grad }) => sum(grad.x).item())) // [-1, 1, -1, 1]
 */
export const randomSign = /* @__PURE__ */ defineFactory(
  {
    kind: 'combinator',
    name: 'randomSign',
    summary: 'the estimate times a random sign: a control that learns nothing from the gradient',
    facts: { cost: 'none' },
    arguments: innerArgument,
  },
  (read) =>
    <S extends Tree>(e: Estimator<S>): Estimator<S> => {
      read({}, { inner: e })
      return {
        ...e,
        name: `randomSign(${e.name})`,
        unbiased: false,
        estimate(loss, params, state, { key, ...context }) {
          const one = e.estimate(loss, params, state, { ...context, key: key.fold(0) })
          const sign = rademacher(key.fold(1), [])
          return { ...one, grad: treeMap((g) => mul(g, cast(sign, g.dtype)), one.grad) }
        },
      }
    },
)
