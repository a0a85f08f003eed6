import type { Estimator } from '@spikeward/core'
import type { Distribution } from './distributions.js'
import { checkNames } from '../shared/options.js'
import { rfg } from './rfg.js'
import type { Stateless } from '../shared/cost.js'

/** Options of {@link multiTangent}. */
export type MultiTangentOptions = {
  /** K, default 8. */
  readonly directions?: number
  /** Default Gaussian. */
  readonly distribution?: Distribution
}

/**
 * Multi-tangent forward gradient: the mean over K directions that span all parameters, ĝ = (1/K) Σₖ (∇L·vₖ) vₖ.
 *
 * It is `rfg({ scope: 'global', directions: K })` under the name of its paper: K tangents by one `vmap` of `jvp`, and
 * the primal computed once.
 *
 * - Cost: 1 + K forward units. Bias: none. Relative variance (d + κ − 2)/K; cosine to ∇L about √(K/(K + d + κ − 2)).
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION, PARAMS_NOT_FLOAT, PARAMS_EMPTY, NOT_A_SCALAR
 * @see Flügel et al. 2024 (2410.17764), who also project on the span of the tangents; this is their plain mean
 * @example
 * const e = multiTangent({ directions: 16 })
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.forwardEquivalents.item() // 17
 */
export function multiTangent(options: MultiTangentOptions = {}): Estimator<Stateless> {
  checkNames('multiTangent', options, ['directions', 'distribution'])
  return { ...rfg({ directions: 8, ...options, scope: 'global' }), name: 'multiTangent' }
}
