import {
  SpikewardError,
  add,
  defineFactory,
  defineOptions,
  matmul,
  mean,
  mul,
  transpose,
  treeFlatten,
  treeLeaves,
  treeUnflatten,
} from '@spikeward/core'
import type { Estimator, EstimatorFacts, OptionsOf, Tensor, Tree } from '@spikeward/core'
import { readoutErrorSignal } from '../shared/readoutErrorSignal.js'
import { matrixOf } from './matrices.js'
import { perturbationsAt } from '../shared/noisyPass.js'
import { bySample, fromDeltas, locateViews, zeroPerturbation } from '../shared/affineLayers.js'
import type { Located, Layer } from '../shared/affineLayers.js'
import { cost } from '../shared/cost.js'
import { readLayer, tracedPass } from '../shared/tracedPass.js'
import { openTransport, transportOptions } from './transport.js'
import type { TransportState } from './transport.js'

const options = /* @__PURE__ */ defineOptions(() => transportOptions())

const facts = {
  needs: 'jvp',
  unbiased: 'oneHiddenLayer',
  reverseOverTime: false,
  reverseOverLayers: true,
  weightTransport: 'all',
  local: 'its own trace, and the error of the layer above',
  memoryInTime: 'constant',
  formsReadout: true,
} satisfies EstimatorFacts

/** Options of {@link rateBackpropagation}. */
export type RateBackpropagationOptions = OptionsOf<typeof options>

/**
 * Back-propagation through spike rates: eligibility traces carried forward in time in every layer, and one pass of the error down the
 * layers a step, over numbers of [batch × width]. There is no reverse pass over time.
 *
 * With r^l the mean rate over time of layer l, I^l its current and e^l = ∂r^l/∂I^l for a current that is constant in time,
 *
 *     δ^L = (∂ℓ/∂y B_outᵀ) ⊙ e^L,   δ^(l−1) = (δ^l B_lᵀ) ⊙ e^(l−1)
 *     ∇W_l = (1/N) Σₙ r^(l−1)ₙᵀ δ^lₙ,   ∇b_l = (1/N) Σₙ δ^lₙ
 *
 * Where layer l is residual, its current contains that of the layer below, and δ^(l−1) gets δ^l in addition. B_l is W_l, or feedback that takes its place (see `transport`). One tangent of ones a layer gives e^l exactly, reset included, because
 * neurons of a layer do not act on each other. The tangent ends at the layer's own rates, so that all layers together cost about one more
 * forward pass.
 *
 * - Assumes: feed-forward layers of neurons without trained parameters; a readout of mean rates. Learned time constants and recurrent
 *   weights belong to no affine map: give them another estimator with `beside`. A recurrent layer below a perturbation breaks the assumption
 *   of the traces.
 * In an operator network the errors of branch and trunk pass down each side (see `LossParts.others`), the products of the sides by their
 * adjoint.
 *
 * - Cost: 2 forward units for each side, and the products of one step of time for the error. Stored: rates and traces, [batch × width] a layer, whatever T is.
 * - Bias: none for one hidden layer with `weights`. Above a layer of spikes the rate stands for the spike train: what input and membrane
 *   do together within the time is left out. Variance: none given the feedback.
 * - Reverse pass over time: none. Reverse pass over layers: yes, of one step. Weight transport: with `weights` alone.
 *
 * @throws LOSS_WITHOUT_PARTS, PARAMETER_WITHOUT_LAYER, INVALID_OPTION, UNKNOWN_OPTION; LAYERS_UNSUITABLE where a layer does not read the
 *   layer below neuron by neuron, or a weight is held
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
    options,
    facts,
  },
  (read) =>
    (given: RateBackpropagationOptions = {}): Estimator<TransportState> => {
      const filled = read(given)
      const { transport } = filled
      const how = openTransport(filled)
      return {
        name: 'rateBackpropagation',
        needs: 'jvp',
        unbiased: transport === 'weights' ? 'oneHiddenLayer' : false,
        init: (params) => how.init(params),
        estimate(loss, params, state, { key }) {
          const views = locateViews('rateBackpropagation', loss, params)
          const next = how.update(params, state, key)
          const feedback = (layer: Layer): Tensor => transpose(how.weight(params, next, matrixOf(params, layer)!))
          const passes = views.map((at) => passDown(at, feedback))
          const grads = passes.map(({ grad }) => treeLeaves(grad))
          const { structure } = treeFlatten(params)
          // A parameter belongs to one view, and its gradient is zero in the others.
          const grad = grads.reduce((a, b) => a.map((g, leaf) => add(g, b[leaf]!)))
          return {
            value: mean(passes[0]!.losses),
            grad: treeUnflatten(structure, grad) as typeof params,
            state: next,
            stats: cost(2 * views.length),
          }
        },
      }
    },
)

/** Losses and gradient of one view: the error signal at the readout, then down the chain of layers. */
function passDown<P extends Tree>(at: Located<P>, feedback: (layer: Layer) => Tensor): { losses: Tensor; grad: P } {
  const { last } = readLayer('rateBackpropagation', at)
  const layers = chainOf(at)
  const top = readoutErrorSignal(at, (perturbation) =>
    tracedPass(at, at.hidden.length - 1, (own) => perturbationsAt(at, [last], [own], perturbation)),
  )
  const deltas: (Tensor | null)[] = at.hidden.map(() => null)
  let above: Layer = at.readout
  let error = top.delta
  for (const layer of [...layers].reverse()) {
    const l = at.hidden.indexOf(layer)
    const { trace } =
      layer === last ? top.rest : tracedPass(at, l, (own) => perturbationsAt(at, [layer], [own], null)).rest
    const through = mul(matmul(error, feedback(above)), trace)
    error = above.affine.residual === true ? add(through, error) : through
    deltas[l] = error
    above = layer
  }
  at.hidden.forEach((layer, l) => {
    // A bias of the outputs is in no chain: one tangent for each output, behind the last spikes.
    if (layer.affine.weight === null && layer.bias !== null) deltas[l] = errorAt(at, layer)
  })
  return { losses: top.losses, grad: fromDeltas(at, top.rest.presynaptic, [...deltas, top.delta]) }
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

/**
 * The hidden layers of which each reads the one below, the first of them first.
 *
 * @throws LAYERS_UNSUITABLE where the error cannot pass from a layer to the one below
 */
function chainOf<P extends Tree>(at: Located<P>): readonly Layer[] {
  const layers = at.hidden.filter(({ affine }) => affine.weight !== null)
  layers.slice(1).forEach(({ affine, weight }, l) => {
    const below = layers[l]!.affine
    if (weight === null) {
      throw new SpikewardError(
        'LAYERS_UNSUITABLE',
        `rateBackpropagation: the weight '${affine.weight ?? affine.bias}' is not among the parameters, and the error passes down through it; do not hold it`,
      )
    }
    if (affine.fanIn !== below.units) {
      throw new SpikewardError(
        'LAYERS_UNSUITABLE',
        `rateBackpropagation: '${affine.weight}' reads ${affine.fanIn} numbers and the layer below has ${below.units} neurons; ` +
          'traces need a layer that reads one number from each neuron; use activity',
      )
    }
  })
  return layers
}
