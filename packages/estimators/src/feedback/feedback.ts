import {
  add,
  defineFactory,
  defineOptions,
  div,
  integer,
  jvp,
  matmul,
  mean,
  mul,
  number,
  square,
  sub,
  sum,
  transpose,
  zeros,
} from '@spikeward/core'
import type { Estimator, EstimatorFacts, FloatDType, OptionsOf, Tensor, Tree } from '@spikeward/core'
import { rademacherDistribution } from '../random/distributions.js'
import { checkOutputs, matrices, matrixOf } from '../shared/leaves.js'
import { type TransportState, openTransport, transportOptions } from './transport.js'
import { passAt } from '../layers/noisyPass.js'
import { errorAt, fromDeltas, locate, zeroPerturbation, unitsOf } from '../layers/locate.js'
import { checkReadable, checkVectors, ownErrors } from '../layers/ownErrors.js'
import { byLayers, cost } from '../shared/facts.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Number of outputs of the network, which is needed before the estimator sees the network. */
  outputs: integer({ min: 1, default: 1, help: 'outputs of the network' }),
  /** Step size of the regression of the feedback, 0 to 1. */
  rate: number({ min: 0, max: 1, default: 1, help: 'step size of the regression of the feedback' }),
  ...transportOptions(),
}))

const facts = /* @__PURE__ */ byLayers({
  estimate: 'δ = e ⊙ (∂ℓ/∂y Bᵀ), B the regression of the output on rates under noise',
  cost: '2 for one hidden layer, else 4',
  bias: 'one B for all samples',
  variance: '0 given B',
  use: 'several hidden layers and the loss of the network, without transposed weights',
  plainly: 'It sends the error at the output straight to each layer, over connections that it learns on the way.',
  unbiased: 'oneHiddenLayer',
  weightTransport: 'readout',
  withoutTransport: '`transport=weightMirror`',
  local: 'its own trace, and the error at the output',
}) satisfies EstimatorFacts

/** Options of {@link feedback}. */
export type FeedbackOptions = OptionsOf<typeof options>

/**
 * State of {@link feedback}: B [n, outputs] for each matrix among the parameters; those of the readout and of the layer
 * that it reads are not used. `transport` is the feedback of the readout.
 */
export type FeedbackState = { readonly feedback: readonly Tensor[]; readonly transport: TransportState }

/**
 * Direct feedback, learned forward: δ_l = e_l ⊙ (∂ℓ/∂y B_lᵀ), where B_l is the response of the output to the rates of
 * layer l, averaged over samples.
 *
 * Noise at every hidden affine layer moves the rates of layer l by ṙ_l and the output by ẏ, in one forward pass with
 * its tangent. B_l is the regression of ẏ on ṙ_l, of which each estimate takes one step: B ← B + rate · Σₙ ṙₙᵀ(ẏₙ −
 * ṙₙB)/Σₙ‖ṙₙ‖². The eligibility trace e of each neuron is exact. The readout and the last hidden layer, for which B is
 * the readout's weight or its feedback (`transport`), are exact too: see {@link eligibility}.
 *
 * - Cost: 2 forward units for one hidden layer, 4 for more. Bias: yes, one B serves all samples; none for one hidden
 *   layer. Variance: none given B.
 *
 * @throws LOSS_WITHOUT_PARTS, PARAMETER_WITHOUT_LAYER, LAYERS_UNSUITABLE, OUTPUTS_MISMATCH, INVALID_OPTION,
 *   UNKNOWN_OPTION
 * @see Bacho & Chu 2022 (2212.07282), FDFA, who average products of noise and output; the regression here removes the
 * contribution of the noise in other layers to ṙ
 * @example
 * const e = withCosine(feedback({ outputs: 1 }))
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.cosine?.item() // 1.000000
 */
export const feedback = /* @__PURE__ */ defineFactory(
  { kind: 'estimator', name: 'feedback', summary: 'direct feedback to each layer, learned forward', options, facts },
  (read) =>
    (settings: FeedbackOptions = {}): Estimator<FeedbackState> => {
      const filled = read(settings)
      const { outputs, rate, transport } = filled
      const how = openTransport(filled)
      return {
        name: 'feedback',
        needs: 'jvp',
        unbiased: transport === 'weights' ? 'oneHiddenLayer' : false,
        // Places in a basis are no means.
        ...(transport === 'weights' ? { stateIsMean: true } : {}),
        init: (params) => ({ feedback: noFeedback(params, outputs), transport: how.init(params) }),
        estimate(loss, params, state, { key }) {
          const at = locate('feedback', loss, params)
          checkReadable('feedback', at)
          checkVectors('feedback', at.hidden.slice(0, -1))
          const transport = how.update(params, state.transport)
          const weight = how.weight(params, transport, matrixOf(params, at.readout)!)
          checkOutputs('feedback', outputs, unitsOf(at.readout))
          const own = ownErrors(at)
          const { losses, delta, presynaptic } = own
          const top = matmul(delta, transpose(weight))
          const below = at.hidden.slice(0, -1)
          if (below.length === 0) {
            const grad = fromDeltas(at, presynaptic, [...own.below([top]), delta])
            return { value: mean(losses), grad, state: { ...state, transport }, stats: cost(2) }
          }
          const like = at.hidden.map(zeroPerturbation)
          const [pass, slope] = jvp(
            (perturbations: readonly Tensor[]) => passAt(at, at.hidden, perturbations, null),
            [like],
            [rademacherDistribution.sample(key, like)],
          )
          const error = errorAt(at, pass.output)
          const next = [...state.feedback]
          const lower = below.map((layer, l) => {
            const mine = matrixOf(params, layer)
            if (mine === null) return null
            next[mine] = regressed(next[mine]!, slope.presynaptic[l + 1]!, slope.output, rate)
            return matmul(error, transpose(next[mine]))
          })
          const grad = fromDeltas(at, presynaptic, [...own.below([...lower, top]), delta])
          return {
            value: mean(losses),
            grad,
            state: { feedback: next, transport },
            stats: cost(4),
          }
        },
      }
    },
)

/** Feedback of zeros, [n, outputs] for each matrix [m, n]. */
export const noFeedback = (params: Tree, outputs: number): Tensor[] =>
  matrices(params).map(({ tensor }) => zeros([tensor.shape.at(-1)!, outputs], tensor.dtype as FloatDType))

/** A step of normalised least mean squares. */
function regressed(b: Tensor, rates: Tensor, output: Tensor, rate: number): Tensor {
  const miss = sub(output, matmul(rates, b))
  return add(b, div(mul(matmul(transpose(rates), miss), rate), add(sum(square(rates)), 1e-12)))
}
