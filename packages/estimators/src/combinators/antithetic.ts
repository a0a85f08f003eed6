import { type Estimator, type Tree, add, defineFactory, div, mul, sub, treeMap } from '@spikeward/core'
import { innerArgument } from '../shared/estimatorOptions.js'

/**
 * An estimate and its mirror image with the same randomness:
 *
 *     ĝ = (e(L) − e(L⁻))/2,   L⁻(θ + δ) = L(θ − δ)
 *
 * It turns a one-sided difference into a central one. For an estimator of `needs: 'jvp'` or `'vjp'` it changes
 * **nothing**, since ∇L·(−v) (−v) = (∇L·v) v, and doubles the cost.
 *
 * - Cost: twice the wrapped one. Bias: O(ε²) instead of O(ε) for a one-sided difference. Variance: the even terms of
 *   the loss do not contribute.
 * - Value and state: those of the unmirrored estimate; stats: the sum of the costs; all others are those of the
 *   unmirrored one.
 *
 * @see ours, after the pairs of an evolution strategy: Salimans et al. 2017 (1703.03864)
 * @example
 * const forwardDifference = {
 *   name: 'forwardDifference',
 *   needs: 'evaluate',
 *   unbiased: false,
 *   init: () => ({}),
 *   estimate(f, p) {
 *     const slope = div(sub(f({ x: add(p.x, 0.5) }), f(p)), 0.5)
 *     return { value: f(p), grad: { x: slope }, state: {}, stats: { forwardEquivalents: tensor(2) } }
 *   },
 * }
 * const [parabola, at] = [(p) => square(p.x), { x: tensor(3) }]
 * const alone = forwardDifference.estimate(parabola, at)
 * const both = antithetic(forwardDifference).estimate(parabola, at, {}, { key: key(0) })
 * ;[await alone.grad.x.item(), await both.grad.x.item()] // [6.5, 6]
 */
export const antithetic = /* @__PURE__ */ defineFactory(
  {
    kind: 'combinator',
    name: 'antithetic',
    summary: 'half the difference of an estimate and its mirror image',
    facts: { cost: 'twice' },
    arguments: innerArgument,
  },
  (read) =>
    <S extends Tree>(e: Estimator<S>): Estimator<S> => {
      read({}, { inner: e })
      return {
        ...e,
        name: `antithetic(${e.name})`,
        estimate(loss, params, state, ctx) {
          const up = e.estimate(loss, params, state, ctx)
          const down = e.estimate((p) => loss(treeMap((at, x) => sub(mul(at, 2), x), params, p)), params, state, ctx)
          return {
            ...up,
            grad: treeMap((a, b) => div(sub(a, b), 2), up.grad, down.grad),
            stats: { ...up.stats, forwardEquivalents: add(up.stats.forwardEquivalents, down.stats.forwardEquivalents) },
          }
        },
      }
    },
)
