import { tanh } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { affine } from '../spikeRates.js'
import type { Block, BlockPlace } from './block.js'
import { glorot } from './glorot.js'

/** A block of smooth units. */
export type SmoothBlockOptions = {
  readonly kind: 'smooth'
  /** Units of each hidden layer. */
  readonly hidden: readonly number[]
  /** A smooth function, element by element. Default `tanh`. */
  readonly activation?: (x: Tensor) => Tensor
}

/**
 * A multi-layer perceptron: h_{l+1} = σ(h_l W_l + b_l), y = hW + b. Weights Glorot normal, N(0, 2/(fan_in + fan_out)),
 * biases 0.
 */
export function smoothBlock(options: SmoothBlockOptions, { inputs, outputs, dtype }: BlockPlace): Block {
  const { hidden, activation = tanh } = options
  const widths = [inputs, ...hidden]
  const block: Block = {
    inputs,
    outputs,
    coordinates: { spikes: false, smoothness: Infinity },
    init: (key) => ({
      trained: {
        layers: hidden.map((n, l) => glorot(key.fold(l), widths[l]!, n, dtype)),
        readout: glorot(key.fold(hidden.length), widths.at(-1)!, outputs, dtype),
      },
      fixed: {},
    }),
    features: ({ trained }, x) => trained.layers.reduce((h, layer) => activation(affine(h, layer)), x),
    apply: (variables, x) => affine(block.features(variables, x), variables.trained.readout),
  }
  return block
}
