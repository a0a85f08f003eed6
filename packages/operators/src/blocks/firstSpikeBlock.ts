import { add, choice, defineOptions, integers, mul, normal, number, readOptions, uniform } from '@spikeward/core'
import type { Affine, Key, OptionsOf } from '@spikeward/core'
import { firstSpike, firstSpikeOptions } from '@spikeward/neurons'
import { layerRange } from '../shared/networkOptions.js'
import type { Block, BlockPlace } from './block.js'
import { smoothBlock } from './smoothBlock.js'

/** Options of a block of neurons that code by their first spike. */
export const firstSpikeBlockOptions = /* @__PURE__ */ defineOptions(() => ({
  kind: choice(['firstSpike'], { required: true, help: 'firstSpike: quadratic neurons, read by their first spikes' }),
  /** Neurons of each hidden layer. */
  hidden: integers({ ...layerRange, required: true, help: 'neurons of each hidden layer' }),
  ...firstSpikeOptions,
  /** The first weights are N(0, gain²/inputs), and the first biases 0.7 + U(±gain). Default 2. */
  gain: number({ min: 0, above: true, default: 2, help: 'scale of the first layer' }),
}))

/** Options of a block of neurons that code by their first spike. */
export type FirstSpikeBlockOptions = OptionsOf<typeof firstSpikeBlockOptions>

/**
 * A spiking multilayer perceptron with at most one spike per neuron: r_{l+1} = f(r_l W_l + b_l), y = r W + b, where f
 * weights the first spike by its time ({@link firstSpike}).
 *
 * Layers run one after another: once a layer has spiked, its weighted spikes are the constant current of the next. Each
 * value passes between layers as the time of one spike. The network is smooth in its inputs, so that derivatives in the
 * coordinates are exact.
 *
 * Spike times come from the closed form, not from time steps, so that the block records no spike trains, and tools that
 * count operations see products of graded values, without those of neurons that never spike.
 *
 * Weights above the first layer are N(0, 18/(fan_in + fan_out)), biases there are 0: values lie between 0 and 1.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 */
export function firstSpikeBlock(options: FirstSpikeBlockOptions, place: BlockPlace): Block {
  const { hidden, tau, order, gain } = readOptions('first-spike block', firstSpikeBlockOptions, options)
  const { inputs, dtype } = place
  const inner = smoothBlock({ kind: 'smooth', hidden, activation: (x) => firstSpike(x, { tau, order }) }, place)
  const layerFor = (key: Key, l: number): Affine => {
    const [w, b] = key.split(2) as [Key, Key]
    const [fanIn, units] = [l === 0 ? inputs : hidden[l - 1]!, hidden[l]!]
    const scale = l === 0 ? gain / Math.sqrt(inputs) : Math.sqrt(18 / (fanIn + units))
    const spread = l === 0 ? gain : 0
    return {
      weight: mul(normal(w, [fanIn, units], { dtype }), scale),
      bias: add(mul(uniform(b, [units], { min: -1, max: 1, dtype }), spread), l === 0 ? 0.7 : 0),
    }
  }
  return {
    ...inner,
    init(key) {
      const { trained, fixed } = inner.init(key)
      return { trained: { ...trained, layers: hidden.map((_, l) => layerFor(key.fold(l), l)) }, fixed }
    },
  }
}
