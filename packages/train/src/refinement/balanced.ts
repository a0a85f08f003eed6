import {
  add,
  arange,
  defineFactory,
  defineOptions,
  div,
  integer,
  jvp,
  maximum,
  mean,
  minimum,
  mul,
  normal,
  number,
  reshape,
  slice,
  sqrt,
  square,
  treeMap,
  vmap,
} from '@spikeward/core'
import type { OptionsOf, Tensor, Tree } from '@spikeward/core'
import type { Refinement } from './refinement.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Steps between two changes of the weights. Default 50. */
  every: integer({ min: 1, default: 50, help: 'steps between two changes of the weights' }),
  /** K: random directions from which the lengths of the gradients are estimated. Default 16. */
  directions: integer({ min: 1, max: 1024, default: 16, help: 'directions of an estimate (K)' }),
  /** α: how much of the last weights is kept. Default 0.9. */
  memory: number({ min: 0, max: 1, default: 0.9, help: 'how much of the last weights is kept (α)' }),
}))

/** Options of {@link balanced}. */
export type BalancedOptions = OptionsOf<typeof options>

/** The range of a weight. */
const [MIN_WEIGHT, MAX_WEIGHT] = [1e-3, 1e4]

/**
 * Gradient-normalised weights: each term of the loss is weighted so that the gradients of all terms have the same
 * length,
 *
 *     λ_i ← α λ_i + (1 − α) |∇L₀| / |∇L_i|,   |∇L_i|² ≈ mean over K directions v ~ N(0, I) of (∇L_i · v)²
 *
 * L₀ is the equation's term, whose weight stays 1. The lengths come from directional derivatives: forward only, where
 * the paper uses the gradients themselves.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @see Wang, Teng & Perdikaris, SIAM J. Sci. Comput. 2021; Wang, Sankaran, Wang & Perdikaris 2023, arXiv 2308.08468
 */
export const balanced = /* @__PURE__ */ defineFactory(
  {
    kind: 'refinement',
    name: 'balanced',
    summary: 'weights that give the gradients of all terms the same length',
    facts: { source: 'Wang, Teng & Perdikaris 2021' },
    options,
  },
  (read) =>
    (settings: BalancedOptions = {}): Refinement => {
      const { every, directions, memory } = read(settings)
      return {
        name: 'balanced',
        every,
        balance({ terms, trained, key }, last) {
          const slopes = vmap((k: Tensor) => {
            let leaf = 0
            const v: Tree = treeMap(
              (p: Tensor) => normal(key.fold(k).fold(leaf++), p.shape, { dtype: p.dtype === 'f64' ? 'f64' : 'f32' }),
              trained,
            )
            return jvp((p: Tree) => terms(p), [trained], [v])[1]
          })(arange(directions, 'u32'))
          const lengths = sqrt(add(mean(square(slopes), 0), 1e-30))
          const first = reshape(slice(lengths, [0], [1]), [])
          const wanted = minimum(maximum(div(first, lengths), MIN_WEIGHT), MAX_WEIGHT)
          return add(mul(last, memory), mul(wanted, 1 - memory))
        },
      }
    },
)
