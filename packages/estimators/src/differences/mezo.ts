import { type Estimator, type EstimatorFacts, type Stateless, defineFactory, defineOptions } from '@spikeward/core'
import { type SpsaOptions, differenceOptions, differences } from './differences.js'
import { gaussianDistribution } from '../random/distributions.js'
import { alongWeights } from '../shared/facts.js'

const options = /* @__PURE__ */ defineOptions(() => differenceOptions(gaussianDistribution))

/**
 * Zeroth-order differences, as used to fine-tune large models: {@link spsa} with Gaussian directions,
 *
 *     ĝ = (1/K) Σₖ [L(θ + εzₖ) − L(θ − εzₖ)]/(2ε) · zₖ,   z ~ N(0, I),   E ĝ = ∇ E L(θ + εz)
 *
 * With Gaussian z the expectation is exactly the gradient of the smoothed loss for any loss, jumps of spikes included
 * (integration by parts). With ±1 this holds to O(ε²) if the loss is smooth.
 *
 * The paper draws z a second time instead of storing it, and changes the parameters in place, so that it needs the
 * memory of inference. Here z is a function of its key, which `jit` recomputes at each use.
 *
 * - Cost: 2K forward units; needs no derivatives. Bias: none for the smoothed loss; O(ε²) against L if
 *   it is smooth. Relative variance (d + 1)/K there, to O(ε²): 2/K more than `spsa`. If the loss jumps, E‖ĝ‖² grows as
 *   1/ε.
 * - Value: the mean of the evaluations, the smoothed loss. `at: 'activity'` as for `spsa`.
 *
 * @throws as `spsa`
 * @see MeZO: Malladi et al. 2023 (2305.17333)
 * @example
 * const e = mezo({ size: 0.02 })
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.forwardEquivalents.item() // 2
 */
export const mezo = /* @__PURE__ */ defineFactory(
  {
    kind: 'estimator',
    name: 'mezo',
    summary: 'spsa along Gaussian directions: the gradient of the smoothed loss',
    options,
    facts: /* @__PURE__ */ alongWeights({
      estimate: '[L(θ + εz) − L(θ − εz)]/(2ε) z, z Gaussian',
      cost: '2K',
      bias: 'O(ε²) if the loss is smooth',
      variance: '(d + κ − 2)/K + O(ε²)',
      use: 'a loss without derivatives, smoothed by a Gaussian',
      plainly: 'It moves all weights a little to both sides, compares the two errors, and uses no derivative.',
      needs: 'evaluate',
      unbiased: false,
    }) satisfies EstimatorFacts,
  },
  (read) =>
    (settings: SpsaOptions = {}): Estimator<Stateless> =>
      differences('mezo', read(settings)),
)
