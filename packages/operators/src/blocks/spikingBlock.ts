import { affine, choice, defineOptions, mean, mul, number, readOptions, sub, surrogateOption } from '@spikeward/core'
import type { OptionsOf } from '@spikeward/core'
import { spike, spikeOptions } from '@spikeward/neurons'
import { type SpikingMlpVariables, spikingMlp } from '../spikingMlp/spikingMlp.js'
import { spikingLayersOptions } from '../spikingMlp/spikingMlpOptions.js'
import type { Block, BlockPlace } from './block.js'

/** Options of a spiking block. */
export const spikingBlockOptions = /* @__PURE__ */ defineOptions(() => ({
  kind: choice(['spiking'], { required: true, help: 'spiking: neurons, read by their mean spike rates' }),
  ...spikingLayersOptions,
  /** Slope that replaces the derivative of a spike, such as `atan()`. */
  surrogate: surrogateOption({ required: true, help: 'slope that replaces the derivative of a spike' }),
  ...spikeOptions,
  /** Factor on the weights U(±2) of the first layer. Default √(2/inputs), at most 1: currents as with two inputs. */
  gain: number({ computed: '√(2/inputs), at most 1', help: 'factor on the first weights' }),
}))

/** Options of a spiking block. */
export type SpikingBlockOptions = OptionsOf<typeof spikingBlockOptions>

/**
 * A {@link spikingMlp} as a block: r = mean spike rates of the last layer, y = (r − c)W + b.
 *
 * The initialisation differs in two ways. `gain` scales the first weights, so that fifty sensors drive a neuron no more
 * strongly than two coordinates. If `init` receives a sample, rates are centred on it, because sensor values of smooth
 * functions differ from independent uniform numbers.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 */
export function spikingBlock(options: SpikingBlockOptions, { inputs, outputs, dtype }: BlockPlace): Block {
  const filled = readOptions('spiking block', spikingBlockOptions, options)
  const {
    hidden,
    neuron,
    surrogate,
    atThreshold,
    time,
    chunk,
    membrane,
    residual,
    standardiseWeights,
    hiddenGain,
    gain = Math.min(1, Math.sqrt(2 / inputs)),
  } = filled
  const network = spikingMlp({
    inputs,
    outputs,
    hidden,
    neuron,
    spike: spike(surrogate, { atThreshold }),
    time,
    membrane,
    residual,
    standardiseWeights,
    ...(hiddenGain === undefined ? {} : { hiddenGain }),
    dtype,
    ...(chunk === undefined ? {} : { chunk }),
  })
  const block: Block = {
    inputs,
    outputs,
    coordinates: { spikes: true, smoothness: surrogate.smoothness },
    init(key, sample) {
      const fresh = network.init(key)
      if (gain === 1 && sample === undefined) return fresh
      const [first, ...rest] = fresh.trained.layers
      const layers = [{ ...first!, weight: mul(first!.weight, gain) }, ...rest]
      const variables = { trained: { ...fresh.trained, layers }, fixed: fresh.fixed }
      if (sample === undefined) return variables
      const { trained, fixed } = residual ? network.balance(variables, sample) : variables
      return { trained, fixed: { ...fixed, centre: mean(network.features({ trained, fixed }, sample), 0) } }
    },
    features(variables, x) {
      const v = variables as SpikingMlpVariables
      return sub(network.features(v, x), v.fixed.centre)
    },
    apply: (variables, x) => affine(variables.trained.readout, block.features(variables, x)),
  }
  return block
}
