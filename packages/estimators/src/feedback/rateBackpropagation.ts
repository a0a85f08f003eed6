import {
  SpikewardError,
  add,
  choice,
  defineFactory,
  defineOptions,
  div,
  jvp,
  matmul,
  mean,
  mul,
  onesLike,
  sum,
  transpose,
  treeFlatten,
  treeLeaves,
  treePaths,
  treeUnflatten,
} from '@spikeward/core'
import type { Estimator, EstimatorFacts, OptionsOf, Tensor, Tree } from '@spikeward/core'
import { readoutErrorSignal } from '../shared/layers/readoutErrorSignal.js'
import { matrixOf } from './matrices.js'
import { perturbationsAt } from '../shared/layers/noisyPass.js'
import {
  bySample,
  coefficientsOf,
  fromDeltas,
  locateViews,
  refuseWeightMaps,
  throughWeightMap,
  withMappedWeights,
  zeroPerturbation,
} from '../shared/layers/affineLayers.js'
import type { Located, Layer } from '../shared/layers/affineLayers.js'
import { cost } from '../shared/cost.js'
import { chainOf } from '../shared/chainOf.js'
import { readLayer, tracedPass } from '../shared/layers/tracedPass.js'
import { openTransport, transportOptions } from './transport.js'
import type { TransportState } from './transport.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  ...transportOptions(),
  /**
   * How the gradient of a weight above a layer of spikes is computed: from `averages`, the product of the mean rate
   * below and the neuron's trace, or `perSynapse`, from an exact trace of each synapse, if the network provides these
   * (`Network.synapses`).
   */
  traces: choice(['averages', 'perSynapse'], {
    default: 'averages',
    help: 'means over time of input and trace, or an exact trace for each synapse',
  }),
}))

const facts = {
  estimate:
    'traces e in every layer; one pass of the error down: δ^(l−1) = (δ^l Bᵀ) ⊙ e^(l−1), B the weight, a weight mirror, Kolen–Pollack or random feedback',
  cost: '2',
  bias: 'rates stand for spike trains above the first layer; with `perSynapse` only below the last hidden layer',
  variance: '0 given B',
  use: 'several hidden layers: a cosine to `bp` above 0.9 in every layer, memory constant in T',
  plainly: 'It runs forward in time, and sends the error down the layers once, at the end.',
  loss: 'with parts',
  needs: 'jvp',
  unbiased: 'oneHiddenLayer',
  reverseOverTime: false,
  reverseOverLayers: true,
  weightTransport: 'all',
  withoutTransport: '`transport=weightMirror`',
  local: 'its own trace, and the error of the layer above',
  memoryInTime: 'constant',
  formsReadout: true,
} satisfies EstimatorFacts

/** Options of {@link rateBackpropagation}. */
export type RateBackpropagationOptions = OptionsOf<typeof options>

/**
 * Back-propagation through spike rates: eligibility traces carried forward in time in every layer, and one pass of the
 * error down the layers per step, over numbers of [batch × width]. There is no reverse pass over time.
 *
 * With r^l the mean rate over time of layer l, I^l its current and e^l = ∂r^l/∂I^l for a current that is constant in time,
 *
 *     δ^L = (∂ℓ/∂y B_outᵀ) ⊙ e^L,   δ^(l−1) = (δ^l B_lᵀ) ⊙ e^(l−1)
 *     ∇W_l = (1/N) Σₙ r^(l−1)ₙᵀ δ^lₙ,   ∇b_l = (1/N) Σₙ δ^lₙ
 *
 * If layer l is residual, its current contains that of the layer below, and δ^l is added to δ^(l−1). If a layer standardises its weights,
 * W_l is the standardised weight, and its gradient passes to the weight itself. B_l is W_l or
 * learned feedback (see `transport`). One tangent of ones per layer gives e^l exactly, including the reset, because
 * neurons of a layer do not act on each other. The tangent ends at the layer's own rates, so that all layers together
 * cost about one more forward pass.
 *
 * `traces: 'perSynapse'` carries a trace for each synapse above a layer of spikes (e-prop), ∇W_l,ij = (1/N) Σₙ ρ_nj ∂r_nj/∂W_ij with
 * ρ^l = δ^(l+1) B_(l+1)ᵀ. Learned coefficients c of neurons (leaks, thresholds) have one trace each: ∇c_j = (1/N) Σₙ ρ_nj ∂r_nj/∂c_j.
 *
 * - Assumes: feed-forward layers; a readout of mean rates. Recurrent weights belong to no affine map: give them another estimator with
 *   `beside`. A recurrent layer below a perturbation breaks the assumption of the traces.
 * In an operator network the errors of branch and trunk pass down each side (see `LossParts.others`), and the products
 * of the sides by their adjoint.
 *
 * - Cost: 2 forward units for each side, and the products of one time step for the error. Stored: rates and traces,
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
 * @throws LOSS_WITHOUT_PARTS, PARAMETER_WITHOUT_LAYER, INVALID_OPTION, UNKNOWN_OPTION; LAYERS_UNSUITABLE if a layer
 * does not read the
 *   layer below neuron by neuron, a weight is held constant, or Kolen–Pollack feedback meets standardised weights
 * @see Yu et al. 2024 (2410.11488), rate-based back-propagation, who estimate e^l by running averages of surrogate slopes; here forward mode
 *   gives it exactly. Related: Xiao et al. 2022 (2210.04195, OTTT), Meng et al. 2023 (2302.14311, SLTT). Transport: Akrout et al. 2019
 *   (1904.05391, weight mirrors and Kolen–Pollack), Lillicrap et al. 2016 (random feedback).
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
        why: 'within a few per cent of the error of `bp` up to 5 layers, in less time per step and in memory that does not grow with T',
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
    (given: RateBackpropagationOptions = {}): Estimator<TransportState> => {
      const filled = read(given)
      const { transport, traces } = filled
      const how = openTransport(filled)
      return {
        name: 'rateBackpropagation',
        needs: 'jvp',
        unbiased: transport === 'weights' ? 'oneHiddenLayer' : false,
        init: (params) => how.init(params),
        estimate(loss, params, state) {
          const views = locateViews('rateBackpropagation', loss, params)
          const layers = views.flatMap((at) => [...at.hidden, at.readout])
          if (transport === 'kolenPollack') {
            refuseWeightMaps(
              'rateBackpropagation',
              layers,
              'Kolen–Pollack feedback follows the updates of the weight, not of that function',
              'use transport: weights or weightMirror',
            )
          }
          // Errors pass down through the matrices that the layers multiply by.
          const passed = withMappedWeights(params, layers)
          const next = how.update(passed, state)
          const feedback = (layer: Layer): Tensor => transpose(how.weight(passed, next, matrixOf(passed, layer)!))
          const passes = views.map((at) => passDown(at, feedback, traces === 'perSynapse'))
          const grads = passes.map(({ grad }) => treeLeaves(grad))
          const { structure } = treeFlatten(params)
          // A parameter belongs to one view, and its gradient is zero in the others.
          const grad = grads.reduce((a, b) => a.map((g, leaf) => add(g, b[leaf]!)))
          return {
            value: mean(passes[0]!.losses),
            grad: treeUnflatten(structure, grad) as typeof params,
            state: next,
            stats: cost(views.reduce((sum, at) => sum + 2 + (traces === 'perSynapse' ? fanInsAbove(at) : 0), 0)),
          }
        },
      }
    },
)

/** Losses and gradient of one view: the error signal at the readout, then down the chain of layers. */
function passDown<P extends Tree>(
  at: Located<P>,
  feedback: (layer: Layer) => Tensor,
  perSynapse: boolean,
): { losses: Tensor; grad: P } {
  const { last } = readLayer('rateBackpropagation', at)
  const layers = chainOf('rateBackpropagation', at)
  const top = readoutErrorSignal(at, (perturbation) =>
    tracedPass(at, at.hidden.length - 1, (own) => perturbationsAt(at, [last], [own], perturbation)),
  )
  const deltas: (Tensor | null)[] = at.hidden.map(() => null)
  const paths = treePaths(at.params)
  /** Gradients that are not xᵀδ, by leaf. */
  const other = new Map<number, Tensor>()
  let above: Layer = at.readout
  let error = top.delta
  for (const layer of [...layers].reverse()) {
    const l = at.hidden.indexOf(layer)
    const { trace } =
      layer === last ? top.rest : tracedPass(at, l, (own) => perturbationsAt(at, [layer], [own], null)).rest
    const rateError = matmul(error, feedback(above))
    if (perSynapse && layer.weight !== null && layer.affine.input === 'varying') {
      const own = bySynapse(at, l, rateError)
      // The error along the skip connection of the layer above bypasses the neurons of this layer.
      const skipped = div(matmul(transpose(top.rest.presynaptic[l]!), error), at.parts.samples)
      const whole = above.affine.residual === true ? add(own, skipped) : own
      other.set(layer.weight, throughWeightMap(layer, at.tensors[layer.weight]!, whole))
    }
    for (const leaf of coefficientsOf(layer, paths)) other.set(leaf, byCoefficient(at, l, leaf, rateError))
    const through = mul(rateError, trace)
    error = above.affine.residual === true ? add(through, error) : through
    deltas[l] = error
    above = layer
  }
  at.hidden.forEach((layer, l) => {
    // A bias of the outputs is in no chain: it takes one tangent for each output, after the last spikes.
    if (layer.affine.weight === null && layer.bias !== null) deltas[l] = errorAt(at, layer)
  })
  const products = treeLeaves(fromDeltas(at, top.rest.presynaptic, [...deltas, top.delta]))
  return { losses: top.losses, grad: at.rebuild(products.map((g, leaf) => other.get(leaf) ?? g)) }
}

/** Inputs of the layers that have a trace for each synapse. */
const fanInsAbove = <P extends Tree>(at: Located<P>): number =>
  at.hidden.reduce((sum, { affine }) => sum + (affine.input === 'varying' ? affine.fanIn : 0), 0)

/** ∇Wᵢⱼ = (1/N) Σₙ ρₙⱼ ∂rₙⱼ/∂Wᵢⱼ, ρ = ∂ℓ/∂r. */
function bySynapse<P extends Tree>(at: Located<P>, l: number, rateError: Tensor): Tensor {
  const { parts, params } = at
  if (parts.synapses === undefined) {
    throw new SpikewardError(
      'LAYERS_UNSUITABLE',
      'rateBackpropagation: this loss does not compute traces of synapses (`LossParts.synapses`); use traces: averages, or train a spikingMlp on points',
    )
  }
  return div(sum(mul(parts.synapses(params, l), rateError), 1), parts.samples)
}

/**
 * ∇cⱼ = (1/N) Σₙ ρₙⱼ ∂rₙⱼ/∂cⱼ: one tangent of ones, since coefficient j acts only on neuron j; summed for a shared one.
 */
function byCoefficient<P extends Tree>(at: Located<P>, l: number, leaf: number, rateError: Tensor): Tensor {
  const here = at.tensors[leaf]!
  const [, moved] = jvp(
    (c: Tensor) => {
      const all = at.rebuild(at.tensors.map((t, i) => (i === leaf ? c : t)))
      return at.parts.forward(all, perturbationsAt(at, [], [], null)).presynaptic[l + 1]!
    },
    [here],
    [onesLike(here)],
  )
  const each = div(sum(mul(moved, rateError), 0), at.parts.samples)
  return here.ndim === 0 ? sum(each) : each
}

/** ∂ℓ/∂a at a layer, by one tangent for each of its units. */
const errorAt = <P extends Tree>(at: Located<P>, layer: Layer): Tensor =>
  bySample(
    zeroPerturbation(at, layer),
    (own) => {
      const { output } = at.parts.forward(at.params, perturbationsAt(at, [layer], [own], null))
      return { losses: at.parts.head(output), rest: [] }
    },
    at.parts.evaluations,
  ).delta
