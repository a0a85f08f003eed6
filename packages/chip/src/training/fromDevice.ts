import type { FloatMlp } from '../quantise/floatMlp.js'
import type { DeviceArrays } from './deviceNetwork.js'

/** Weights [in, out] and mantissas of biases [out] of a layer, as read from the chip. */
export type LearnedWords = { readonly weight: ArrayLike<number>; readonly bias: ArrayLike<number> }

/**
 * The perceptron with the weights and biases that were learned on the chip, in floats: the inverse of `toDevice`,
 * without rounding.
 *
 *     w = W 2^exponent / (gain · scale),   b = B 2^biasExp / (gain · scale · 2^stateShift)
 *
 * A stuck synapse has the weight 0. Thresholds and leaks are those of `mlp`, because the spread of an imperfect chip
 * belongs to that chip.
 *
 * @param mlp the network that was put on the chip
 * @param learned the parameters of each layer after training on the chip
 * @example
 * const words = await Promise.all(state.params.map(async ({ weight, bias }) => ({ weight: await weight.data(), bias: await bias.data() })))
 * const trained = fromDevice(arrays, mlp, words)
 */
export function fromDevice(
  { network, layers }: DeviceArrays,
  mlp: FloatMlp,
  learned: readonly LearnedWords[],
): FloatMlp {
  return {
    ...mlp,
    layers: mlp.layers.map((layer, l) => {
      const { format, scale, biasExp } = network.layers[l]!
      const { weight, bias } = learned[l]!
      const { working } = layers[l]!
      const unit = 2 ** format.exponent / (layer.gain * scale)
      const biasUnit = 2 ** biasExp / (layer.gain * scale * 2 ** network.chip.stateShift)
      return {
        ...layer,
        weight: { ...layer.weight, values: Float64Array.from(weight, (w, i) => w * working[i]! * unit) },
        bias: Float64Array.from(bias, (b) => b * biasUnit),
      }
    }),
  }
}
