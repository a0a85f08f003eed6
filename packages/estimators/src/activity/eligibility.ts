import { defineFactory, defineOptions, matmul, mean, mul, transpose } from '@spikeward/core'
import type { Estimator, EstimatorFacts, OptionsOf, Stateless, Tensor } from '@spikeward/core'
import { rademacherDistribution } from '../random/distributions.js'
import { noisyPass, perturbationsAt } from '../shared/layers/noisyPass.js'
import { readoutErrorSignal } from '../shared/layers/readoutErrorSignal.js'
import { fromDeltas, locate, zeroPerturbation } from '../shared/layers/affineLayers.js'
import type { Pass } from '../shared/layers/affineLayers.js'
import { cost } from '../shared/cost.js'
import { readLayer, tracedPass } from '../shared/layers/tracedPass.js'
import type { Traced } from '../shared/layers/tracedPass.js'
import { eachView } from '../shared/eachView.js'
import { directionsOption, distributionOption } from '../shared/estimatorOptions.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** For hidden layers below the last: the number of noise vectors per sample. With 0 these layers are not trained. */
  directions: directionsOption({
    min: 0,
    help: 'noise vectors for each sample below the last hidden layer; 0 does not train these layers',
  }),
  /** Distribution of that noise. */
  distribution: distributionOption(rademacherDistribution, 'distribution of that noise'),
}))

const facts = {
  estimate:
    'one tangent gives the trace e of each neuron; δ = e ⊙ (∂ℓ/∂y Wᵀ); activity noise below the last hidden layer',
  cost: '2; 2 + K for more layers',
  bias: 'none for one hidden layer',
  variance: '0 for one hidden layer',
  use: 'one hidden layer: the gradient of `bp` without a reverse pass',
  plainly:
    'Each weight remembers, while time runs forward, how much it took part in recent spikes; the error at the end says which way to change it.',
  loss: 'with parts',
  needs: 'jvp',
  unbiased: 'oneHiddenLayer',
  reverseOverTime: false,
  reverseOverLayers: false,
  weightTransport: 'readout',
  withoutTransport: '`rateBackpropagation(transport=weightMirror)`: the same for one hidden layer',
  local: 'its own trace, and the error at the output',
  memoryInTime: 'constant',
  formsReadout: true,
} satisfies EstimatorFacts

/** Options of {@link eligibility}. */
export type EligibilityOptions = OptionsOf<typeof options>

/**
 * Eligibility traces carried forward: the exact gradient of a network of one hidden layer, with no reverse pass and no
 * random direction.
 *
 * Neurons of one layer do not act on each other. So *one* tangent, with 1 at the pre-activation of every neuron of the
 * last hidden layer, gives the derivative of each neuron's rate with respect to its own current, for each sample:
 *
 *     eₙⱼ = ∂rₙⱼ/∂aₙⱼ,   δₙⱼ = eₙⱼ Σₒ ∂ℓₙ/∂yₙₒ Wⱼₒ,   ∇W_hidden = (1/N) Σₙ xₙ δₙᵀ
 *
 * with W the readout's weight; the readout's own gradient is exact too. Layers below the last hidden one get their
 * error signal from activity perturbation (see {@link activity}), in the same pass.
 *
 * - Cost: 2 forward units for one hidden layer, 2 + K for more. Bias: none if every affine layer's input is constant in
 *   time
 *   (one hidden layer). Above a layer of spikes, input and trace are averaged over time separately, which biases the gradient of the weights (not that of the bias vector), hence `unbiased: 'oneHiddenLayer'`. Variance: none for one hidden layer; in lower layers that of `activity`.
 *
 * @throws LOSS_WITHOUT_PARTS, PARAMETER_WITHOUT_LAYER, INVALID_OPTION, UNKNOWN_OPTION; LAYERS_UNSUITABLE if the
 *   readout does not read the last hidden layer neuron by neuron, or its weight is held constant
 * @see Bellec et al. 2020 (e-prop), Xiao et al. 2022 (2210.04195, OTTT); here forward mode computes exact traces,
 * including the reset
 * @example
 * const e = withCosine(eligibility())
 * const { grad, stats } = e.estimate(loss, params, e.init(params), { key: key(0) })
 * await stats.cosine?.item() // 1.000000
 */
export const eligibility = /* @__PURE__ */ defineFactory(
  {
    kind: 'estimator',
    name: 'eligibility',
    summary: 'eligibility traces carried forward: exact for one hidden layer, activity perturbation below the last',
    guide: [
      {
        when: 'one hidden layer',
        choose: '`eligibility`',
        why: 'the gradient of `bp` in two forward passes, without a reverse pass over time',
      },
    ],
    options,
    facts,
  },
  (read) =>
    (given: EligibilityOptions = {}): Estimator<Stateless> => {
      const { directions: count, distribution } = read(given)
      return eachView({
        name: 'eligibility',
        needs: 'jvp',
        unbiased: 'oneHiddenLayer',
        init: () => ({}),
        estimate(loss, params, state, { key }) {
          const at = locate('eligibility', loss, params)
          const { last, weight } = readLayer('eligibility', at)
          const below = count === 0 ? [] : at.hidden.slice(0, -1)
          const like = below.map((layer) => zeroPerturbation(at, layer))
          const run = (perturbation: Tensor | null): Pass<Traced & { readonly deltas: readonly Tensor[] }> => {
            const pass = noisyPass(
              at,
              below,
              count,
              (k) => distribution.sample(key.fold(k), like),
              (perturbations) =>
                tracedPass(at, at.hidden.length - 1, (own) =>
                  perturbationsAt(at, [...below, last], [...perturbations, own], perturbation),
                ),
            )
            return { losses: pass.losses, rest: { ...pass.rest, deltas: pass.deltas } }
          }
          const { losses, rest, delta } = readoutErrorSignal(at, run)
          const lower: readonly (Tensor | null)[] = count === 0 ? at.hidden.slice(0, -1).map(() => null) : rest.deltas
          const own = mul(rest.trace, matmul(delta, transpose(weight)))
          const grad = fromDeltas(at, rest.presynaptic, [...lower, own, delta])
          return { value: mean(losses), grad, state, stats: cost(2 + (below.length > 0 ? count : 0)) }
        },
      })
    },
)
