import {
  SpikewardError,
  defineFactory,
  defineOptions,
  choice,
  layersOf,
  layerWeights,
  passDown,
  traces as rates,
  treeFlatten,
  treePaths,
  treeUnflatten,
  valueAndGrad,
} from '@spikeward/core'
import type { Estimator, EstimatorFacts, Feedback, Layer, Loss, OptionsOf, Tensor, Tree } from '@spikeward/core'
import { matrices } from '../shared/leaves.js'
import { type OpenTransport, type TransportState, openTransport, transportOptions } from './transport.js'
import { withSynapticTraces } from './withSynapticTraces.js'
import { byLayers, cost } from '../shared/facts.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  ...transportOptions(),
  /**
   * How the gradient of a weight above a layer of spikes is computed: from `averages`, the product of the mean rate
   * below and the neuron's trace, or `perSynapse`, from an exact trace of each synapse.
   */
  traces: choice(['averages', 'perSynapse'], {
    default: 'averages',
    help: 'means over time of input and trace, or an exact trace for each synapse',
  }),
}))

const facts = /* @__PURE__ */ byLayers({
  estimate:
    'traces e in every layer; one pass of the error down: δ^(l−1) = (δ^l Bᵀ) ⊙ e^(l−1), B the weight, a weight mirror, Kolen–Pollack or random feedback',
  cost: '2',
  bias: 'rates stand for spike trains above the first layer; with `perSynapse` only below the last hidden layer',
  variance: '0 given B',
  use: 'several hidden layers: a cosine to `bp` above 0.9 in every layer, memory constant in T',
  plainly: 'It runs forward in time, and sends the error down the layers once, at the end.',
  unbiased: 'oneHiddenLayer',
  reverseOverLayers: true,
  weightTransport: 'all',
  withoutTransport: '`transport=weightMirror`',
  local: 'its own trace, and the error of the layer above',
}) satisfies EstimatorFacts

/** Options of {@link rateBackpropagation}. */
export type RateBackpropagationOptions = OptionsOf<typeof options>

/**
 * Back-propagation through spike rates: eligibility traces carried forward in time in every layer, and one pass of the
 * error down the layers per step, over numbers of [batch × width]. There is no reverse pass over time.
 *
 * With r^l the mean rate over time of layer l, I^l its current and e^l = ∂r^l/∂I^l for a current that is constant in
 * time,
 *
 *     δ^L = (∂ℓ/∂y B_outᵀ) ⊙ e^L,   δ^(l−1) = (δ^l B_lᵀ) ⊙ e^(l−1)
 *     ∇W_l = (1/N) Σₙ r^(l−1)ₙᵀ δ^lₙ,   ∇b_l = (1/N) Σₙ δ^lₙ
 *
 * If layer l is residual, its current contains that of the layer below, and δ^l is added to δ^(l−1). If a layer
 * standardises its weights, W_l is the standardised weight, and its gradient passes to the weight itself. B_l is W_l or
 * learned feedback (see `transport`). One tangent of ones per layer gives e^l exactly, including the reset, because
 * neurons of a layer do not act on each other. The tangent ends at the layer's own rates, so that all layers together
 * cost about one more forward pass.
 *
 * `traces: 'perSynapse'` carries a trace for each synapse above a layer of spikes (e-prop), ∇W_l,ij = (1/N) Σₙ ρ_nj
 * ∂r_nj/∂W_ij with ρ^l = δ^(l+1) B_(l+1)ᵀ. Learned coefficients c of neurons (leaks, thresholds) have one trace each:
 * ∇c_j = (1/N) Σₙ ρ_nj ∂r_nj/∂c_j.
 *
 * It is reverse mode through the program of the loss, in which loops over time have the derivative of rates (`traces`
 * of @spikeward/core) and layers pass the error down by feedback (`passDown`). So any linear map and any operation
 * between layers will do: convolutions, pooling, attention, products of branch and trunk, residual currents. Recurrent
 * weights pass no error to the step before.
 *
 * - Cost: 2 forward units, and the products of one time step for the error. Stored: rates and traces,
 *   [batch × width] per layer, for any T.
 *   `perSynapse` adds one tangent of the neurons for each input of a layer above spikes, [inputs × batch × width]
 *   numbers.
 * - Bias: none for one hidden layer with `weights`. Above a layer of spikes the rate replaces the spike train, which
 *   omits how input and membrane
 *   interact over time. `perSynapse` removes this from the last hidden layer; below it, the error that passes a layer
 *   of
 *   spikes always has it. If a surrogate derivative grows with time (no leak and a detached reset), paths of different
 *   lengths are
 *   weighted wrongly, which matters in deep residual networks: let derivatives pass the reset there. Variance: none
 *   given the feedback.
 * - Reverse pass over time: none. Reverse pass over layers: yes, of one step. Weight transport: only with `weights`.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION; TIME_DEPENDENT (see `traces`); LAYERS_UNSUITABLE if feedback meets a weight
 *   that has none, such as Kolen–Pollack feedback a standardised one, or `perSynapse` a layer that is no matrix
 * @see Yu et al. 2024 (2410.11488), rate-based back-propagation, who estimate e^l by running averages of surrogate
 *   slopes; here forward mode gives it exactly. Related: Xiao et al. 2022 (2210.04195, OTTT), Meng et al. 2023
 *   (2302.14311, SLTT). Transport: Akrout et al. 2019 (1904.05391, weight mirrors and Kolen–Pollack), Lillicrap et al.
 *   2016 (random feedback).
 * @example
 * const e = withCosine(rateBackpropagation())
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.cosine?.item() // 1.000000
 */
export const rateBackpropagation = /* @__PURE__ */ defineFactory(
  {
    kind: 'estimator',
    name: 'rateBackpropagation',
    summary: 'back-propagation through spike rates: forward traces, and one pass of the error down the layers',
    guide: [
      {
        when: 'several hidden layers',
        choose: '`rateBackpropagation`',
        why: 'in 300 steps within a few per cent of the error of `bp` up to 5 layers, in less time per step and in memory that does not grow with T',
      },
      {
        when: 'several hidden layers, no transposed weights',
        choose: '`rateBackpropagation(transport=weightMirror)`',
        why: 'the same, with feedback weights learned from the response of each layer to vectors of a basis',
      },
      {
        when: 'inputs that change in time, learned leaks and thresholds',
        choose: '`rateBackpropagation(traces=perSynapse)`',
        why: 'the gradient of `bp` for one hidden layer, in memory that does not grow with T',
      },
    ],
    options,
    facts,
  },
  (read) =>
    (settings: RateBackpropagationOptions = {}): Estimator<TransportState> => {
      const filled = read(settings)
      const { transport, traces } = filled
      const how = openTransport(filled)
      return {
        name: 'rateBackpropagation',
        needs: 'jvp',
        unbiased: transport === 'weights' ? 'oneHiddenLayer' : false,
        init: (params) => how.init(params),
        estimate(loss, params, state) {
          const layers = layersOf(loss, params)
          const { feedback, next } =
            transport === 'weights'
              ? { feedback: {}, next: state }
              : learnedFeedback(transport, how, loss, params, layers, state)
          const backward: Loss<typeof params> = (p) => passDown(rates(loss))(feedback, p)
          const [value, grad] = valueAndGrad(backward)(params)
          if (traces === 'averages') return { value, grad, state: next, stats: cost(2) }
          const exact = withSynapticTraces(loss, backward, params, grad)
          return { value, grad: exact.grad, state: next, stats: cost(2 + exact.tangents) }
        },
      }
    },
)

/**
 * The feedback of each layer whose weight is a parameter, and the next state.
 *
 * @throws LAYERS_UNSUITABLE for a weight that has no feedback of its own
 */
function learnedFeedback<P extends Tree>(
  transport: string,
  how: OpenTransport,
  loss: Loss<P>,
  params: P,
  layers: readonly Layer[],
  state: TransportState,
): { readonly feedback: Feedback; readonly next: TransportState } {
  const refuse = (name: string, why: string, remedy: string): never => {
    throw new SpikewardError('LAYERS_UNSUITABLE', `rateBackpropagation: layer '${name}' ${why}; ${remedy}`)
  }
  const paths = treePaths(params)
  // Errors pass down through the matrices that the layers multiply by.
  const used = layers.every((l) => l.direct) ? {} : layerWeights(loss)(params)
  const { leaves, structure } = treeFlatten(params)
  const passed = [...leaves]
  for (const { name, weight, direct } of layers) {
    if (direct) continue
    if (transport === 'kolenPollack') {
      refuse(
        name,
        'multiplies by a function of its weight, such as a standardised one, and Kolen–Pollack feedback follows the updates of the weight itself',
        'use transport: weights or weightMirror',
      )
    }
    const tensors: readonly Tensor[] = used[name] ?? []
    if (tensors.length !== weight.length)
      refuse(name, `multiplies by a function of ${weight.length} parameters`, 'use transport: weights')
    weight.forEach((path, i) => (passed[paths.indexOf(path)] = tensors[i]!))
  }
  const carried = treeUnflatten(structure, passed) as P
  const next = how.update(carried, state)
  const places = matrices(params).map(({ leaf }) => leaf)
  const feedback = Object.fromEntries(
    layers.map(({ name, weight }) => [
      name,
      weight.map((path) => {
        const i = places.indexOf(paths.indexOf(path))
        if (i < 0)
          refuse(name, `has a weight '${path}' of fewer than two axes, which has no feedback`, 'use transport: weights')
        return how.weight(carried, next, i)
      }),
    ]),
  )
  return { feedback, next }
}
