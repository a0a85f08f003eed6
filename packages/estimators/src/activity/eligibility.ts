import {
  SpikewardError,
  add,
  defineFactory,
  defineOptions,
  layersOf,
  passDown,
  traces,
  treeMap,
  treePaths,
  valueAndGrad,
  zerosLike,
} from '@spikeward/core'
import type { Estimator, EstimatorFacts, Feedback, Key, Layer, Loss, OptionsOf, Stateless, Tree } from '@spikeward/core'
import { type Distribution, rademacherDistribution } from '../random/distributions.js'
import { noisyPass } from '../layers/noisyPass.js'
import { fromDeltas, layersAt, locateViews } from '../layers/locate.js'
import { directionsOption, distributionOption } from '../shared/estimatorOptions.js'
import { byLayers, cost } from '../shared/facts.js'

/** Layers by their place in the network. */
type Places = {
  /** Layers that no other layer reads. */
  readonly readouts: readonly Layer[]
  /** Layers that readouts alone read. */
  readonly last: readonly Layer[]
  /** All others. */
  readonly lower: readonly Layer[]
}

/**
 * Sorts layers by which others read them. Uses of one weight, and layers that read each other, as in a recurrent
 * network, count as one.
 */
function placesOf(all: readonly Layer[]): Places {
  const nameOf = new Map(all.map(({ id, name }) => [id, name]))
  const layers = [...new Map(all.map((layer) => [layer.name, layer])).values()]
  const readBy = (name: string): Set<string> =>
    new Set(all.filter((l) => l.name === name).flatMap((l) => l.reads.map((id) => nameOf.get(id)!)))
  const reads = new Map(layers.map(({ name }) => [name, readBy(name)]))
  const readersOf = ({ name }: Layer): Layer[] =>
    layers.filter((l) => l.name !== name && reads.get(l.name)!.has(name) && !reads.get(name)!.has(l.name))
  const readouts = layers.filter((layer) => readersOf(layer).length === 0)
  const hidden = layers.filter((layer) => !readouts.includes(layer))
  const last = hidden.filter((layer) => readersOf(layer).every((other) => readouts.includes(other)))
  return { readouts, last, lower: hidden.filter((layer) => !last.includes(layer)) }
}

const options = /* @__PURE__ */ defineOptions(() => ({
  /** For hidden layers below the last: the number of noise vectors per sample. With 0 these layers are not trained. */
  directions: directionsOption({
    min: 0,
    help: 'noise vectors for each sample below the last hidden layer; 0 does not train these layers',
  }),
  /** Distribution of that noise. */
  distribution: distributionOption(rademacherDistribution, 'distribution of that noise'),
}))

const facts = /* @__PURE__ */ byLayers({
  estimate:
    'one tangent gives the trace e of each neuron; δ = e ⊙ (∂ℓ/∂y Wᵀ); activity noise below the last hidden layer',
  cost: '2; 2 + K for more layers',
  bias: 'none for one hidden layer',
  variance: '0 for one hidden layer',
  use: 'one hidden layer: the gradient of `bp` without a reverse pass over time',
  plainly:
    'Each weight remembers, while time runs forward, how much it took part in recent spikes; the error at the end says which way to change it.',
  unbiased: 'oneHiddenLayer',
  weightTransport: 'readout',
  withoutTransport: '`rateBackpropagation(transport=weightMirror)`: the same for one hidden layer',
  local: 'its own trace, and the error at the output',
}) satisfies EstimatorFacts

/** Options of {@link eligibility}. */
export type EligibilityOptions = OptionsOf<typeof options>

/**
 * Eligibility traces carried forward: the exact gradient of a network of one hidden layer, with no reverse pass over
 * time and no random direction.
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
 *   (one hidden layer). Above a layer of spikes, input and trace are averaged over time separately, which biases the
 *   gradient of the weights (not that of the bias vector), hence `unbiased: 'oneHiddenLayer'`. Variance: none for one
 *   hidden layer; in lower layers that of `activity`.
 *
 * Layers and their order are found in the program of the loss (see `layersOf` of @spikeward/core): any linear map and
 * any operation between layers will do. A loss with one hidden layer needs no parts. Learned coefficients of the last
 * hidden layers' neurons have exact traces.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION; TIME_DEPENDENT (see `traces`); with layers below the last hidden one
 *   LOSS_WITHOUT_PARTS, LAYERS_UNSUITABLE, and PARAMETER_WITHOUT_LAYER for a parameter that acts there and belongs to
 *   no layer
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
    (settings: EligibilityOptions = {}): Estimator<Stateless> => {
      const { directions: count, distribution } = read(settings)
      return {
        name: 'eligibility',
        needs: 'jvp',
        unbiased: 'oneHiddenLayer',
        init: () => ({}),
        estimate(loss, params, state, { key }) {
          const layers = layersOf(traces(loss), params)
          const { last, lower } = placesOf(layers)
          const stop: Feedback = lower.length === 0 ? {} : Object.fromEntries(last.map(({ name }) => [name, 'stop']))
          const stray = lower.length === 0 ? undefined : strayBelow(params, layers, last)
          if (stray !== undefined) {
            throw new SpikewardError(
              'PARAMETER_WITHOUT_LAYER',
              `eligibility passes no error below the last hidden layer, and '${stray}' acts there and belongs to no layer; ` +
                'use rateBackpropagation, or give the rest a separate estimator, such as beside(eligibility, rfg)',
            )
          }
          const [value, above] = valueAndGrad((p: typeof params) => passDown(traces(loss))(stop, p))(params)
          if (lower.length === 0) return { value, grad: above, state, stats: cost(2) }
          const paths = treePaths(params)
          const weights = new Set(lower.flatMap((l) => l.weight.map((path) => paths.indexOf(path))))
          const below =
            count > 0 ? noisyGradient(loss, params, weights, key, count, distribution) : treeMap(zerosLike, params)
          // An error that passes beside the stopped layers, as in residual networks, is in the response to noise
          // already.
          const own = new Set(lower.flatMap((l) => [...l.weight, ...l.bias]))
          let leaf = 0
          const grad = treeMap((a, b) => (own.has(paths[leaf++]!) ? b : a), above, below)
          return { value, grad, state, stats: cost(2 + count) }
        },
      }
    },
)

/** A parameter that acts below the last hidden layers and belongs to no layer. */
function strayBelow<P extends Tree>(params: P, layers: readonly Layer[], last: readonly Layer[]): string | undefined {
  const owned = new Set(layers.flatMap((l) => [...l.weight, ...l.bias]))
  const names = new Set(last.map(({ name }) => name))
  const above = layers.filter((l) => names.has(l.name))
  return treePaths(params).find((path) => !owned.has(path) && above.some((l) => l.input.includes(path)))
}

/** The gradient of the layers of some weights, by noise at their pre-activations; see `activity`. */
function noisyGradient<P extends Tree>(
  loss: Loss<P>,
  params: P,
  weights: ReadonlySet<number>,
  key: Key,
  count: number,
  distribution: Distribution,
): P {
  const views = locateViews('eligibility', loss, params)
  const grads = views.map((at, i) => {
    const layers = at.hidden.filter((layer) => layer.leaves.some((leaf) => weights.has(leaf)))
    const own = views.length === 1 ? key : key.fold(i)
    const { rest, deltas } = noisyPass(at, layers, { count, distribution, key: own }, null)
    return fromDeltas(
      at,
      rest.presynaptic,
      layersAt(at).map((layer) => deltas[layers.indexOf(layer)] ?? null),
    )
  })
  return grads.reduce((a, b) => treeMap((x, y) => add(x, y), a, b))
}
