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
  square,
  sub,
  sum,
  transpose,
  zeros,
} from '@spikeward/core'
import type { Estimator, EstimatorFacts, FloatDType, OptionsOf, Tensor } from '@spikeward/core'
import { checkOutputs, matrices, matrixOf } from './matrices.js'
import { perturbationsAt } from '../shared/noisyPass.js'
import { bySample, fromDeltas, locate, throughReadout } from '../shared/affineLayers.js'
import { cost } from '../shared/cost.js'
import { readLayer, tracedPass } from '../shared/tracedPass.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Number of outputs of the network, which is needed before the estimator sees the network. */
  outputs: integer({ min: 1, default: 1, help: 'outputs of the network' }),
  /** Learning rate of the heads, 0 to 1, relative to the power of their inputs. */
  rate: number({ min: 0, max: 1, default: 0.1, help: 'learning rate of the heads' }),
}))

const facts = {
  estimate: "the gradient of each layer's own loss, through its own head",
  cost: '2H for H hidden layers',
  bias: 'none for the local losses',
  variance: '0',
  use: 'several hidden layers, updated without an error from above',
  plainly: 'Each layer learns to answer by itself; no error passes from layer to layer.',
  loss: 'with parts',
  needs: 'jvp',
  unbiased: 'oneHiddenLayer',
  reverseOverTime: false,
  reverseOverLayers: false,
  weightTransport: 'readout',
  local: 'its own trace, and the error at its own head',
  memoryInTime: 'constant',
  formsReadout: true,
} satisfies EstimatorFacts

/** Options of {@link localLoss}. */
export type LocalLossOptions = OptionsOf<typeof options>

/** A head reads a layer's rates: [n, outputs] and [outputs]. */
export type Head = { readonly weight: Tensor; readonly bias: Tensor }

/** State of {@link localLoss}: a head for each matrix among the parameters; that of the readout is not used. */
export type LocalLossState = { readonly heads: readonly Head[] }

/**
 * One loss per hidden layer; no error passes through the layers above. Layer l is trained on the error of its own head,
 *
 *     y_l = r_l M_l + m_l,   δ_l = e_l ⊙ (∂ℓ/∂y_l M_lᵀ),   ∇W_l = (1/N) Σₙ xₙ δₙᵀ
 *
 * with r_l the rates of layer l, e_l its eligibility traces, and ℓ the network's own loss of each sample. The head of the
 * last hidden layer is the readout, as in {@link eligibility}. The heads are part of the state. They start at zero, and each step descends
 * their exact gradient, divided by the mean squared length of their input.
 *
 * Ren et al. perturb the layer's activity by noise for δ; one tangent of ones, the trace, gives its mean without noise at the same cost,
 * since the neurons of a layer do not act on each other. Noise would only add variance to the same estimate.
 *
 * - Cost: 2 forward units for each hidden layer. Bias: yes, it is the gradient of the local losses; if an affine
 *   layer's input is a spike train, its mean over time replaces it. For one hidden layer it equals `eligibility` and
 *   has no bias. Variance: none.
 *
 * @throws LOSS_WITHOUT_PARTS, PARAMETER_WITHOUT_LAYER, LAYERS_UNSUITABLE, OUTPUTS_MISMATCH, INVALID_OPTION, UNKNOWN_OPTION
 * @see Ren et al. 2022 (2210.03310), greedy local losses; Nøkland & Eidnes 2019 (1901.06656)
 * @example
 * const e = withCosine(localLoss({ outputs: 1 }))
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.cosine?.item() // 1.000000
 */
export const localLoss = /* @__PURE__ */ defineFactory(
  {
    kind: 'estimator',
    name: 'localLoss',
    summary: 'one loss per hidden layer through its own head, no error through layers',
    options,
    facts,
  },
  (read) =>
    (given: LocalLossOptions = {}): Estimator<LocalLossState> => {
      const { outputs, rate } = read(given)
      return {
        name: 'localLoss',
        needs: 'jvp',
        unbiased: 'oneHiddenLayer',
        init: (params) => ({
          heads: matrices(params).map(({ tensor }) => {
            const dtype = tensor.dtype as FloatDType
            return { weight: zeros([tensor.shape[1]!, outputs], dtype), bias: zeros([outputs], dtype) }
          }),
        }),
        estimate(loss, params, state) {
          const at = locate('localLoss', loss, params)
          const { last, weight } = readLayer('localLoss', at)
          checkOutputs('localLoss', outputs, at.readout.affine.units)
          const heads = [...state.heads]
          const { losses, delta, rest } = throughReadout(at, (perturbation) =>
            tracedPass(at, at.hidden.length - 1, (own) => perturbationsAt(at, [last], [own], perturbation)),
          )
          const lower = at.hidden.slice(0, -1).map((layer, l) => {
            const mine = matrixOf(params, layer)
            if (mine === null) return null
            const { rest: traced } = tracedPass(at, l, (perturbation) =>
              perturbationsAt(at, [layer], [perturbation], null),
            )
            const rates = traced.presynaptic[l + 1]!
            const head = heads[mine]!
            const guess = add(matmul(rates, head.weight), head.bias)
            const { delta: slope } = bySample(
              guess,
              (y) => ({ losses: at.parts.head(y), rest: [] }),
              at.parts.evaluations,
            )
            heads[mine] = improved(head, rates, slope, rate)
            return mul(traced.trace, matmul(slope, transpose(head.weight)))
          })
          const top = mul(rest.trace, matmul(delta, transpose(weight)))
          const grad = fromDeltas(at, rest.presynaptic, [...lower, top, delta])
          return { value: mean(losses), grad, state: { heads }, stats: cost(2 * at.hidden.length) }
        },
      }
    },
)

/** A step down the head's own gradient: rate · rᵀδ / Σ (‖r‖² + 1). */
function improved(head: Head, rates: Tensor, slope: Tensor, rate: number): Head {
  const power = add(sum(square(rates)), rates.shape[0]!)
  const down = (w: Tensor, g: Tensor): Tensor => sub(w, mul(div(g, power), rate))
  return { weight: down(head.weight, matmul(transpose(rates), slope)), bias: down(head.bias, sum(slope, 0)) }
}
