import { add, div, mul, sub, treeMap } from '@spikeward/core'
import type { Estimator, Tree } from '@spikeward/core'

/**
 * An estimate and its mirror image with the same randomness: ĝ = (e(L) − e(L⁻))/2 with L⁻(θ + δ) = L(θ − δ).
 *
 * It makes a central difference of a one-sided one: bias O(ε²) in place of O(ε), and even terms of the loss drop out
 * of the variance. It changes
 * **nothing** for an estimator of `needs: 'jvp'` or `'vjp'`, since ∇L·(−v) (−v) = (∇L·v) v, and then costs twice for
 * nothing.
 *
 * - Cost: twice the wrapped one. Value and state: those of the unmirrored estimate; stats: costs are summed, all else
 *   is of the unmirrored one.
 *
 * @example const e = antithetic(oneSided) // needs: 'evaluate'
 */
export function antithetic<S extends Tree>(e: Estimator<S>): Estimator<S> {
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
}
