import {
  affine,
  choice,
  defineOptions,
  integers,
  mul,
  normal,
  number,
  opaque,
  readOptions,
  tanh,
  uniform,
} from '@spikeward/core'
import type { Affine, Key, OptionsOf, Tensor } from '@spikeward/core'
import { isFunction, layerRange } from '../shared/networkOptions.js'
import { type Block, type BlockPlace, glorot } from './block.js'

/** An elementwise function of tensors, such as `tanh`. */
export type Activation = (x: Tensor) => Tensor

const isActivation = (x: unknown): x is Activation => isFunction(x)

/** Options of a smooth block. */
export const smoothBlockOptions = /* @__PURE__ */ defineOptions(() => ({
  kind: choice(['smooth'], { required: true, help: 'smooth: a multilayer perceptron' }),
  /** Units of each hidden layer. */
  hidden: integers({ ...layerRange, required: true, help: 'units of each hidden layer' }),
  /** An elementwise smooth function. Default `tanh`. */
  activation: opaque('an elementwise function of tensors', isActivation, { computed: 'tanh', help: 'activation σ' }),
  /** The first weights are N(0, gain²/inputs) and the first biases U(±gain). Default: as in the other layers. */
  gain: number({ min: 0, above: true, computed: 'as in the other layers', help: 'scale of the first layer' }),
}))

/** Options of a smooth block. */
export type SmoothBlockOptions = OptionsOf<typeof smoothBlockOptions>

/** Options of a trunk: a smooth block without a `gain` gets 3, see {@link smoothBlock}. */
export const asTrunk = <O extends { readonly kind: string }>(options: O): O =>
  options.kind === 'smooth' ? { gain: 3, ...options } : options

/**
 * A multilayer perceptron: h_{l+1} = σ(h_l W_l + b_l), y = hW + b. Weights are Glorot normal, N(0, 2/(fan_in +
 * fan_out)), and biases are 0.
 *
 * With zero biases all units of the first layer bend at x = 0, and hardly bend over [−1, 1]. A `gain` of about 3
 * spreads the bends over the domain and makes them steep enough for coordinates in [−1, 1]: a physics-informed SepONet
 * for reaction–diffusion reached an error of 0.034 in 2000 steps with it, and 0.098 in 6000 steps without.
 *
 * @throws INVALID_OPTION, UNKNOWN_OPTION
 */
export function smoothBlock(options: SmoothBlockOptions, { inputs, outputs, dtype }: BlockPlace): Block {
  const { hidden, activation = tanh, gain } = readOptions('smooth block', smoothBlockOptions, options)
  const widths = [inputs, ...hidden]
  const spread = (gain: number, key: Key, n: number): Affine => {
    const [w, b] = key.split(2) as [Key, Key]
    return {
      weight: mul(normal(w, [inputs, n], { dtype }), gain / Math.sqrt(inputs)),
      bias: uniform(b, [n], { min: -gain, max: gain, dtype }),
    }
  }
  const block: Block = {
    inputs,
    outputs,
    coordinates: { spikes: false, smoothness: Infinity },
    init: (key) => ({
      trained: {
        layers: hidden.map((n, l) =>
          l === 0 && gain !== undefined ? spread(gain, key.fold(0), n) : glorot(key.fold(l), widths[l]!, n, dtype),
        ),
        readout: glorot(key.fold(hidden.length), widths.at(-1)!, outputs, dtype),
      },
      fixed: {},
    }),
    features: ({ trained }, x) => trained.layers.reduce((h, layer) => activation(affine(layer, h)), x),
    apply: (variables, x) => affine(variables.trained.readout, block.features(variables, x)),
  }
  return block
}
