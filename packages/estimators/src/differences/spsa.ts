import { type Estimator, type EstimatorFacts, type Stateless, defineFactory, defineOptions } from '@spikeward/core'
import { type SpsaOptions, differenceOptions, differences } from './differences.js'
import { rademacherDistribution } from '../random/distributions.js'
import { alongWeights } from '../shared/facts.js'

const options = /* @__PURE__ */ defineOptions(() => differenceOptions(rademacherDistribution))

/**
 * Simultaneous perturbation: central differences of the loss itself, with true spikes, along random directions,
 *
 *     ĝ = (1/K) Σₖ [L(θ + εzₖ) − L(θ − εzₖ)]/(2ε) · zₖ,   E[z zᵀ] = I
 *
 * Both evaluations see the same points and the same random numbers, since the loss closes over them. z is a
 * function of its key: `jit` recomputes it at each use and never stores it.
 *
 * It does **not** estimate the surrogate gradient. For Gaussian z its expectation is exactly the gradient of the
 * smoothed loss E L(θ + εz), which is smooth although spikes are not, so its cosine to `bp` says little. A smaller ε is
 * not better: a difference crosses a jump with probability ∝ ε, and E[(ΔL/ε)²] grows as 1/ε.
 *
 * `at: 'activity'` perturbs the pre-activations of each sample separately, and takes the difference of each sample's
 * own loss (node perturbation): N·K directions in two passes, whose dimension is the number of neurons, not of weights;
 * see {@link activity} for the gain, and for the bias above a layer of spikes.
 *
 * - Cost: 2K forward units; needs no derivatives. Bias: O(ε²) if the loss is smooth. Relative variance
 *   (d + κ − 2)/K there, to O(ε²).
 * - Value: the mean of the evaluations, the smoothed loss.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION, PARAMS_NOT_FLOAT, PARAMS_EMPTY, NOT_A_SCALAR
 * @throws LOSS_WITHOUT_PARTS, PARAMETER_WITHOUT_LAYER for `activity`
 * @see Spall 1992; node perturbation: Werfel, Xie & Seung 2005
 * @example
 * const e = spsa({ size: 0.05, directions: 4 })
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.forwardEquivalents.item() // 8
 */
export const spsa = /* @__PURE__ */ defineFactory(
  {
    kind: 'estimator',
    name: 'spsa',
    summary: 'simultaneous perturbation: differences of the loss itself, no derivative',
    guide: [
      {
        when: 'no derivative of a spike: hardware, a simulator',
        choose: '`spsa(at=activity)`, else `spsa`',
        why: 'differences of the loss with true spikes',
      },
    ],
    options,
    facts: /* @__PURE__ */ alongWeights({
      estimate: '[L(θ + εz) − L(θ − εz)]/(2ε) z, z of ±1; `at: activity` perturbs pre-activations',
      cost: '2K',
      bias: 'O(ε²) if the loss is smooth',
      variance: '(d + κ − 2)/K + O(ε²); `at: activity` as `activity`',
      use: 'a loss without derivatives: hardware, a simulator; `at: activity` has far less noise',
      plainly:
        'It moves all weights a little to both sides at random, compares the two errors, and uses no derivative.',
      needs: 'evaluate',
      unbiased: false,
    }) satisfies EstimatorFacts,
  },
  (read) =>
    (settings: SpsaOptions = {}): Estimator<Stateless> =>
      differences('spsa', read(settings)),
)
