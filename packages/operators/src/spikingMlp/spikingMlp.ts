import {
  affine,
  add,
  cast,
  defineFactory,
  mean,
  mul,
  normal,
  sub,
  treeLeaves,
  treeMap,
  uniform,
  zeros,
} from '@spikeward/core'
import type { Affine, Domain, Filled, Key, Tensor, Tree, Variables } from '@spikeward/core'
import { toUnit } from '../coords/checkCoords.js'
import type { FeatureNetwork } from '../shared/networkOptions.js'
import { type OutputFixed, columnNormaliser, outputMaker } from '../scales/outputScale.js'
import { balancedBiases, spikeRates } from './spikeRates.js'
import { hiddenDeviation, withEffectiveWeights } from './standardisedWeights.js'
import { type SpikingMlpOptions, checkConsistent, spikingMlpOptions } from './spikingMlpOptions.js'

/** Learned variables of a spiking MLP. `neurons` is present if the neuron model has its own parameters. */
export type SpikingMlpTrained = {
  readonly layers: readonly Affine[]
  readonly readout: Affine
  readonly neurons?: readonly Tree[]
}

/**
 * Fixed variables: initial membranes [n] of each layer, mean rates [n] at initialisation, and the scale of the outputs.
 */
export type SpikingMlpFixed = {
  readonly membranes: readonly Tensor[]
  readonly centre: Tensor
  readonly output: OutputFixed
}

/** Learned and fixed variables of a spiking MLP. */
export type SpikingMlpVariables = Variables<SpikingMlpTrained, SpikingMlpFixed>

/** A spiking MLP. Its `features` are the mean spike rates of the last hidden layer, each in [0, 1]. */
export interface SpikingMlp extends FeatureNetwork<SpikingMlpVariables> {
  /**
   * The variables with the initial biases of residual layers such that no layer shifts the mean current of the next at
   * the points x.
   */
  balance(variables: SpikingMlpVariables, x: Tensor): SpikingMlpVariables
  /** Inputs, hidden widths, outputs. */
  readonly widths: readonly number[]
  readonly time: number
}

/** Random points of the domain over which `init` averages the rates. */
const CENTRING_POINTS = 256

/**
 * A multilayer perceptron of spiking neurons. A constant current drives it, and an affine layer reads its spike rates.
 *
 *     I₁(t) = xW₁ + b₁,   s_l(t) = neuron(I_l(t)),   I_{l+1}(t) = s_l(t) W_{l+1} + b_{l+1}
 *     r = (1/T) Σ_t s_L(t),   y = shift + scale · ((r − c) W + b)
 *
 * W₁ ~ U(±2), b₁ ~ U(±1); hidden W ~ N(0, g²/fan_in) with g = `hiddenGain`, by default 2, b ~ U(0, 0.3); readout W ~
 * 0.3 N(0, 1/fan_in), b = 0. Initial membranes are fixed random values, so that the neurons do not fire in synchrony. c
 * are the mean rates at initialisation over 256 random points of the domain, so that the weights of the readout do not
 * shift the mean output.
 *
 * **Residual layers** (`residual: true`) add the current of each layer to that of the next, I_{l+1}(t) = I_l(t) +
 * s_l(t) W_{l+1} + b_{l+1} (Hu et al. 2021, 2112.08954, membrane shortcuts). Hidden W ~ N(0, g²/(fan_in (L − 1))), and
 * b = −c_l W with c_l the mean rates at initialisation, so that neither variance nor mean of the currents grows with
 * the number of layers. With many layers and no leak, let derivatives pass through the reset (`resetDetached: false`):
 * with a detached reset, a surrogate derivative grows with time.
 *
 * **Standardised weights** (`standardiseWeights: true`): hidden layers above the first multiply by Ŵ, whose column for
 * each neuron has mean 0 and standard deviation g/√fan_in, or g/√(fan_in (L − 1)) in residual layers, by default g = 1,
 *
 *     Ŵᵢⱼ = g (Wᵢⱼ − μⱼ)/(σⱼ √fan_in)
 *
 * (Qiao et al. 2019, 1903.10520), so that rates common to all neurons below shift no mean current. It normalises
 * weights, not activity: no statistics of a batch or of time are stored, neurons of a layer do not act on each other,
 * and evaluation is as in training. Unlike in the source, there is no learned scale, and the network is not followed by
 * a normalisation of activity.
 *
 * **Chunks of time.** The first product is computed once. The layers then process one chunk of steps at a time, with
 * one product of chunk · batch rows and one scan each; membranes carry over to the next chunk, and the last layer only
 * counts its spikes. Evaluation and forward mode need the memory of one chunk, for any T.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 * @see Initialisation and readout are choices of this library, measured on the Mexican hat. Other libraries start
 *   membranes at rest and use the weights of dense networks, which leaves most neurons silent or synchronous.
 * @example
 * const network = spikingMlp({ inputs: 2, outputs: 1, hidden: [100], time: 32,
 *   neuron: leakyIntegrateAndFire({ beta: 1 }), spike: spike(atan()) })
 * const y = network.apply(network.init(key(0)), zeros([5, 2])) // [5, 1]
 */
export const spikingMlp = /* @__PURE__ */ defineFactory(
  {
    kind: 'network',
    name: 'spikingMlp',
    aliases: ['mlp'],
    summary: 'spiking multilayer perceptron: constant current in, mean spike rates out',
    options: spikingMlpOptions,
    facts: { output: 'the mean over T steps of the spikes of the last layer, times a readout', learns: 'functions' },
  },
  (read) =>
    (settings: SpikingMlpOptions): SpikingMlp => {
      const options = read(settings)
      checkConsistent(options)
      return build(options)
    },
)

function build(options: Filled<typeof spikingMlpOptions>): SpikingMlp {
  const { inputs, outputs, hidden, neuron, time, residual, dtype } = options
  const [low, high] = options.membrane as readonly [number, number]
  const output = outputMaker('spikingMlp', outputs, options.output, dtype)
  const draw = { dtype } as const
  const normalise = toUnitDomain(options.domain)
  const rates = (
    variables: Omit<SpikingMlpVariables, 'fixed'> & { fixed: Pick<SpikingMlpFixed, 'membranes'> },
    x: Tensor,
  ): Tensor => spikeRates(options, variables.trained, variables.fixed.membranes, normalise(x))

  const widths = [inputs, ...hidden, outputs]
  const scaled = (a: Tensor, { output }: SpikingMlpFixed): Tensor => add(mul(a, output.scale), output.shift)

  return {
    name: 'spiking-mlp',
    widths,
    time,
    balance({ trained, fixed }, x) {
      const layers = balancedBiases(options, trained, fixed.membranes, normalise(x))
      return { trained: { ...trained, layers }, fixed }
    },
    init(key) {
      const [weightKey, biasKey, neuronKey, membraneKey, readoutKey, centreKey] = key.split(6) as [
        Key,
        Key,
        Key,
        Key,
        Key,
        Key,
      ]
      const gain = hiddenDeviation(options)
      const fresh = hidden.map((n, l): Affine => {
        const fanIn = l === 0 ? inputs : hidden[l - 1]!
        const [w, b] = [weightKey.fold(l), biasKey.fold(l)]
        return l === 0
          ? {
              weight: uniform(w, [fanIn, n], { min: -2, max: 2, dtype }),
              bias: uniform(b, [n], { min: -1, max: 1, dtype }),
            }
          : {
              weight: mul(normal(w, [fanIn, n], draw), gain / Math.sqrt(fanIn)),
              bias: uniform(b, [n], { min: 0, max: 0.3, dtype }),
            }
      })
      // Feedback that is aligned before the first step sees the matrices that the layers multiply by.
      const { layers: initial } = withEffectiveWeights(options, { layers: fresh })
      const width = hidden.at(-1)!
      const readout = {
        weight: mul(normal(readoutKey, [width, outputs], draw), 0.3 / Math.sqrt(width)),
        bias: zeros([outputs], dtype),
      }
      const neurons = hidden.map((n, l) => treeMap((t) => cast(t, dtype), neuron.init(neuronKey.fold(l), n)))
      const learned = neurons.some((p) => treeLeaves(p).length > 0)
      const membranes = hidden.map((n, l) => uniform(membraneKey.fold(l), [n], { min: low, max: high, dtype }))
      const points = uniform(centreKey, [CENTRING_POINTS, inputs], { min: -1, max: 1, dtype })
      const own = learned ? { neurons } : {}
      const layers = residual ? balancedBiases(options, { layers: initial, ...own }, membranes, points) : initial
      const trained: SpikingMlpTrained = { layers, readout, ...own }
      const centre = mean(spikeRates(options, trained, membranes, points), 0)
      return { trained, fixed: { membranes, centre, output: output() } }
    },
    features: rates,
    apply(variables, x) {
      const { fixed, trained } = variables
      return scaled(affine(trained.readout, sub(rates(variables, x), fixed.centre)), fixed)
    },
  }
}

/** Maps each input from its interval to [−1, 1]; the identity if every interval is [−1, 1] already. */
function toUnitDomain(domain: Domain | undefined): (x: Tensor) => Tensor {
  if (domain === undefined || domain.every(([low, high]) => low === -1 && high === 1)) return (x) => x
  const unit = domain.map(toUnit)
  return columnNormaliser({ shift: unit.map((u) => u.shift), scale: unit.map((u) => u.scale) })
}
