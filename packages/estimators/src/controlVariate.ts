import { add, cast, mul, sub, treeLeaves, treeMap, zerosLike } from '@spikeward/core'
import type { Estimator, Tensor, Tree } from '@spikeward/core'
import { innerProduct } from './geometry.js'
import { checkNames, checkNumber } from './options.js'

/** Options of {@link controlVariate}. */
export type ControlVariateOptions = {
  /** Share of a new estimate in the guess, 0 to 1. Default 1/(d + 2), the best for a single Gaussian direction and a gradient that stays. */
  readonly rate?: number
}

/** State of {@link controlVariate}: the guess s, like the parameters, and that of the wrapped estimator. */
export type ControlVariateState<S extends Tree> = { readonly guess: readonly Tensor[]; readonly inner: S }

/**
 * A guess of the gradient, of which only the error is estimated:
 *
 *     ĝ = s + e(L − ⟨s, θ⟩),   for `rfg`: s + ((g − s)·v) v
 *
 * The guess is a running mean of estimates, s ← s + rate (ĝ − s). As it is fixed before v is drawn, the estimate has no bias
 * whatever it is; its variance is that of an estimator of g − s:
 *
 *     E‖ĝ − g‖² = (d + κ − 2) ‖g − s‖²/K
 *
 * Noise goes into the guess as well: it only settles for rate < 2K/(d + K + κ − 2), and best at half of that,
 * where ‖g − s‖² falls by the factor 1 − K/(d + K + κ − 2) a step. A larger rate makes everything worse than no guess.
 *
 * - Cost: that of the wrapped one. Bias: as the wrapped one, which must be linear in the gradient (`rfg`, `multiTangent`,
 *   `lowRank`, `spsa`). Variance: as above.
 *   It sees a loss without parts.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @see ours
 * @example
 * const e = controlVariate(rfg({ directions: 8 }), { rate: 0.01 })
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.forwardEquivalents.item() // 9
 */
export function controlVariate<S extends Tree>(
  e: Estimator<S>,
  options: ControlVariateOptions = {},
): Estimator<ControlVariateState<S>> {
  checkNames('controlVariate', options, ['rate'])
  if (options.rate !== undefined) checkNumber('controlVariate', 'rate', options.rate, 0, 1)
  return {
    name: `controlVariate(${e.name})`,
    needs: e.needs,
    unbiased: e.unbiased,
    init: (params) => ({ guess: treeLeaves(params).map((t) => zerosLike(t)), inner: e.init(params) }),
    estimate(loss, params, state, ctx) {
      const rate = options.rate ?? 1 / (treeLeaves(params).reduce((d, t) => d + t.size, 0) + 2)
      const left = [...state.guess]
      const guess = treeMap(() => left.shift()!, params)
      // ⟨s, θ' − θ⟩ in place of ⟨s, θ'⟩: the same slopes, and nothing is lost from the loss's value.
      const rest = (p: typeof params) => {
        const value = loss(p)
        return sub(value, cast(innerProduct(guess, treeMap(sub, p, params)), value.dtype))
      }
      const one = e.estimate(rest, params, state.inner, ctx)
      const grad = treeMap(add, one.grad, guess)
      const next = treeMap((s, g) => add(s, mul(sub(g, s), rate)), guess, grad)
      return { ...one, grad, state: { guess: treeLeaves(next), inner: one.state } }
    },
  }
}
