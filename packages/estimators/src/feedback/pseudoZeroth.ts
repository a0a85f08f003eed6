import {
  add,
  defineFactory,
  defineOptions,
  div,
  integer,
  matmul,
  mean,
  mul,
  number,
  sub,
  transpose,
} from '@spikeward/core'
import type { Estimator, EstimatorFacts, OptionsOf, Tensor } from '@spikeward/core'
import { rademacherDistribution } from '../random/distributions.js'
import { noFeedback } from './feedback.js'
import { checkOutputs, matrixOf } from '../shared/leaves.js'
import { lossesAt, passAt } from '../layers/noisyPass.js'
import { errorAt, fromDeltas, locate, rowsOf, zeroPerturbation, throughReadout, unitsOf } from '../layers/locate.js'
import { checkVectors } from '../layers/ownErrors.js'
import { distributionOption, sizeAs, sizeOption } from '../shared/estimatorOptions.js'
import { byLayers, cost } from '../shared/facts.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Number of outputs of the network, which is needed before the estimator sees the network. */
  outputs: integer({ min: 1, default: 1, help: 'outputs of the network' }),
  /** ε, the size of the noise at each pre-activation. A scalar tensor if it changes, see {@link annealed}. */
  size: sizeOption(0.1, 'size of the noise at each pre-activation (ε)'),
  /** λ, the share of the old feedback in the new one, 0 to 1. */
  decay: number({ min: 0, max: 1, default: 0.99, help: 'share of the old feedback in the new one (λ)' }),
  /** Distribution of the noise. */
  distribution: distributionOption(rademacherDistribution, 'distribution of the noise'),
}))

const facts = /* @__PURE__ */ byLayers({
  estimate: 'δ = ∂ℓ/∂y Mᵀ, M the running mean of the change of the output by noise',
  cost: '2',
  bias: 'one M for all samples, which lags',
  variance: 'falls with the length of the mean',
  use: 'spikes without any slope',
  plainly: 'It adds noise to the neurons, and learns from the answers how to send the error to each of them.',
  unbiased: false,
  weightTransport: 'none',
  local: 'its own input and noise, and the error at the output',
}) satisfies EstimatorFacts

/** Options of {@link pseudoZeroth}. */
export type PseudoZerothOptions = OptionsOf<typeof options>

/**
 * State of {@link pseudoZeroth}: M [n, outputs] for each matrix among the parameters; that of the readout is not used.
 */
export type PseudoZerothState = { readonly feedback: readonly Tensor[] }

/**
 * Pseudo-zeroth-order feedback: the response of the *output* to noise gives feedback weights for the error of each
 * output, without any derivative of the spikes.
 *
 *     M_l ← λ M_l + (1 − λ) (1/N) Σₙ νₙₗᵀ (y(ε ν)ₙ − y(0)ₙ)/ε,   δ_l = ∂ℓ/∂y M_lᵀ
 *
 * with noise ν at all hidden affine layers, independent for each sample and constant in time. It runs two passes with
 * true spikes; the error ∂ℓ/∂y of each sample and the gradient of the readout are exact. It estimates only the response
 * of the network, and the running mean reduces its noise; `spsa` estimates the response and the error together, and
 * starts again in each step.
 *
 * - Cost: 2 forward units. It differentiates only the head of the loss, not the spikes. Bias: yes, one M serves all
 *   samples, and lags. Its target is
 *   the response of the smoothed true spikes. Variance: after t steps
 *   (1 − λ)/(1 + λ) · (1 − λ²ᵗ) of that of a single pass, while the parameters are constant.
 *
 * @throws LOSS_WITHOUT_PARTS, PARAMETER_WITHOUT_LAYER, LAYERS_UNSUITABLE, OUTPUTS_MISMATCH, INVALID_OPTION,
 *   UNKNOWN_OPTION
 * @see Xiao et al. 2024 (2407.12516), OPZO, who also weight by a local surrogate slope; this is left out, because it
 * needs the slope of each spike
 * @example
 * const e = pseudoZeroth({ outputs: 1, decay: 0.99 })
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.forwardEquivalents.item() // 2
 */
export const pseudoZeroth = /* @__PURE__ */ defineFactory(
  {
    kind: 'estimator',
    name: 'pseudoZeroth',
    summary: 'feedback learned from the response of the output to noise: no derivative of a spike',
    options,
    facts,
  },
  (read) =>
    (settings: PseudoZerothOptions = {}): Estimator<PseudoZerothState> => {
      const { outputs, size, decay, distribution } = read(settings)
      return {
        name: 'pseudoZeroth',
        needs: 'jvp',
        unbiased: false,
        init: (params) => ({ feedback: noFeedback(params, outputs) }),
        estimate(loss, params, state, { key }) {
          const at = locate('pseudoZeroth', loss, params)
          checkVectors('pseudoZeroth', at.hidden)
          checkOutputs('pseudoZeroth', outputs, unitsOf(at.readout))
          const { losses, delta, rest } = throughReadout(at, (readout) => lossesAt(at, [], [], readout))
          const noise = distribution.sample(key, at.hidden.map(zeroPerturbation))
          const moved = noise.map((x) => mul(x, sizeAs(x, size)))
          const answer = sub(passAt(at, at.hidden, moved, null, { value: 'moved' }).output, rest.output)
          const slope = div(answer, sizeAs(answer, size, rowsOf(at.parts)))
          const error = errorAt(at, rest.output)
          const next = [...state.feedback]
          const deltas = at.hidden.map((layer, l) => {
            const mine = matrixOf(params, layer)
            if (mine === null) return null
            next[mine] = add(mul(next[mine]!, decay), mul(matmul(transpose(noise[l]!), slope), 1 - decay))
            return matmul(error, transpose(next[mine]))
          })
          const grad = fromDeltas(at, rest.presynaptic, [...deltas, delta])
          return { value: mean(losses), grad, state: { feedback: next }, stats: cost(2) }
        },
      }
    },
)
