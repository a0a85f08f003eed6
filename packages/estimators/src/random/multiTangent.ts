import { defineFactory, defineOptions } from '@spikeward/core'
import type { Estimator, EstimatorFacts, OptionsOf, Stateless } from '@spikeward/core'
import { rfg } from './rfg.js'
import { directionsOption, distributionOption } from '../shared/estimatorOptions.js'
import { gaussianDistribution } from './distributions.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** K, default 8. */
  directions: directionsOption({ fallback: 8 }),
  /** Default Gaussian. */
  distribution: distributionOption(gaussianDistribution),
}))

/** Options of {@link multiTangent}. */
export type MultiTangentOptions = OptionsOf<typeof options>

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
export const multiTangent = /* @__PURE__ */ defineFactory(
  {
    kind: 'estimator',
    name: 'multiTangent',
    summary: 'mean over K directions that span all parameters, the primal shared',
    options,
    facts: {
      estimate: 'as `rfg` over all parameters, K = 8',
      cost: '1 + K',
      bias: 'none',
      variance: '(d + κ − 2)/K',
      use: 'the same as `rfg`, under the name of its paper',
      plainly: 'It nudges all weights in several random directions and averages the slopes along them.',
      loss: 'any',
      needs: 'jvp',
      unbiased: true,
      reverseOverTime: false,
      reverseOverLayers: false,
      weightTransport: 'none',
      local: 'a scalar for all weights',
      memoryInTime: 'constant',
      formsReadout: false,
    } satisfies EstimatorFacts,
  },
  (read) =>
    (given: MultiTangentOptions = {}): Estimator<Stateless> => {
      const { directions, distribution } = read(given)
      return { ...rfg({ directions, distribution, scope: 'global' }), name: 'multiTangent' }
    },
)
