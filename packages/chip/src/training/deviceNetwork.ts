import { SpikewardError, tensor } from '@spikeward/core'
import type { Backend, Tensor } from '@spikeward/core'
import type { Chip } from '../chip/chip.js'
import { checkOption, checkWord } from '../integer/integer.js'
import { placeLayers } from '../quantise/placeLayers.js'
import { checkMlp } from '../quantise/checkMlp.js'
import { largestOf, quantiseWeights, scaleLayer, subtractedBy } from '../quantise/scaleLayer.js'
import type { FloatMlp } from '../quantise/floatMlp.js'
import { weightStep } from '../synapse/dense.js'
import type { WeightFormat } from '../synapse/dense.js'

/** A layer of a network that is trained on the chip: the formats, which training does not change. */
export interface DeviceLayer {
  readonly fanIn: number
  readonly units: number
  readonly format: WeightFormat
  /** Integer units, before the state's shift, for a membrane of 1. */
  readonly scale: number
  /** Left shift of a sum of weights to the unit of the states; negative: right. */
  readonly shift: number
  /** Left shift of the mantissas of biases. */
  readonly biasExp: number
  /** The largest magnitude of an input: 1 for binary spikes, 2^inputBits for the graded input of the first layer. */
  readonly payload: number
  readonly resets: 'zero' | 'subtract'
}

/** The learned parameters of a layer, in the chip's words: weights i32 [in, out] and mantissas of biases i32 [out]. */
export type DeviceLayerParams = { readonly weight: Tensor; readonly bias: Tensor }

/** The learned parameters of a network on the chip. */
export type DeviceParams = readonly DeviceLayerParams[]

/** The neurons of a layer as built, i32 [out]: with mismatch they differ from each other. */
export type DeviceNeurons = {
  /** In the unit of the states. */
  readonly threshold: Tensor
  /** The amount that a spike subtracts from the membrane, unless it sets the membrane to 0. */
  readonly resetBy: Tensor
  /** The part of a membrane that remains after a step, 0 … 2^decayBits. */
  readonly decay: Tensor
  readonly initial: Tensor
  /** 0 for a synapse that is stuck at 0, otherwise 1, i32 [in, out]. */
  readonly working: Tensor
}

/** A network that is trained on a chip. */
export interface DeviceNetwork {
  readonly chip: Chip
  readonly time: number
  /** Bits of the magnitude of an input, which the host sends as the payload of a graded spike at every step. */
  readonly inputBits: number
  readonly layers: readonly DeviceLayer[]
}

/** Host arrays of a network, before they become tensors. */
export interface DeviceArrays {
  readonly network: DeviceNetwork
  readonly layers: readonly {
    readonly weight: Int32Array
    readonly bias: Int32Array
    readonly threshold: Int32Array
    readonly resetBy: Int32Array
    readonly decay: Int32Array
    readonly initial: Int32Array
    readonly working: Int32Array
  }[]
}

/** Options of {@link toDevice}. */
export interface DeviceOptions {
  /** Bits of a weight, including its sign; default the chip's. */
  readonly bits?: number
  /** Bits of the magnitude of an input; default 6. */
  readonly inputBits?: number
}

/** Payloads of at most this many bits: products with weights of 8 bits fit 32 bits for any fan-in of 4096. */
const MAX_INPUT_BITS = 10

/**
 * Converts a perceptron to integers that are trained on the chip, the first layer included: the host sends each input
 * as the payload of graded spikes.
 *
 * @throws CHIP_GRADED on a chip with binary spikes; CHIP_RANGE, CHIP_LIMIT, CHIP_SOFT_RESET, INVALID_ARGUMENT as
 *   `quantise`; INVALID_OPTION
 */
export function toDevice(chip: Chip, mlp: FloatMlp, options: DeviceOptions = {}): DeviceArrays {
  checkMlp('toDevice', mlp)
  const inputBits = checkOption('toDevice', 'inputBits', options.inputBits ?? 6, 1, MAX_INPUT_BITS)
  const bits = checkWord('the number of weight bits', options.bits ?? chip.weightBits, 2, chip.weightBits, chip.name)
  if (chip.spikeBits < inputBits + 2) {
    throw new SpikewardError(
      'CHIP_GRADED',
      `spikes of ${chip.name} have no payload, but training on the chip sends the inputs as payloads; choose a chip with graded spikes, such as loihi2`,
    )
  }
  placeLayers(
    chip,
    mlp.layers.map((layer) => layer.bias.length),
    bits,
    mlp.layers[0]!.weight.rows,
  )
  const unit = 2 ** chip.stateShift
  const layers = mlp.layers.map((layer, l) => {
    if (layer.reset === 'subtract' && !chip.softReset) {
      throw new SpikewardError(
        'CHIP_SOFT_RESET',
        `neurons of ${chip.name} reset the membrane to 0 after a spike, but this network subtracts the threshold; train with reset 'zero', or choose a chip with soft reset`,
      )
    }
    const payload = l === 0 ? 2 ** inputBits : 1
    const scaled = scaleLayer(chip, layer, largestOf(layer.bias), bits, false)
    const { scale, format, biasExp } = scaled
    const units = layer.bias.length
    const filled = (value: number): Int32Array => new Int32Array(units).fill(Math.round(value))
    const dv = Math.min(2 ** chip.decayBits - 1, Math.round((1 - layer.beta) * 2 ** chip.decayBits))
    return {
      layer: {
        fanIn: layer.weight.rows,
        units,
        format,
        scale,
        shift: format.exponent + chip.stateShift - (l === 0 ? inputBits : 0),
        biasExp,
        payload,
        resets: layer.reset,
      },
      arrays: {
        weight: quantiseWeights(chip, layer, scaled).weights,
        bias: Int32Array.from(layer.bias, (b) => Math.round((b * layer.gain * scale * unit) / 2 ** biasExp)),
        threshold: filled(layer.threshold * scale * unit),
        // A reset to 0 does not use it.
        resetBy: filled((layer.reset === 'subtract' ? subtractedBy(layer) : layer.threshold) * scale * unit),
        decay: filled(2 ** chip.decayBits - dv),
        initial: Int32Array.from({ length: units }, (_, i) =>
          Math.round((layer.initialMembrane?.[i] ?? 0) * scale * unit),
        ),
        working: new Int32Array(layer.weight.rows * units).fill(1),
      },
    }
  })
  return {
    network: { chip, time: mlp.time, inputBits, layers: layers.map((m) => m.layer) },
    layers: layers.map((m) => m.arrays),
  }
}

/** The tensors of a network: its learned parameters, and its neurons. */
export function deviceTensors(
  { network, layers }: DeviceArrays,
  backend?: Backend,
): { readonly params: DeviceParams; readonly neurons: readonly DeviceNeurons[] } {
  const on = (data: Int32Array, ...shape: number[]): Tensor =>
    tensor(data, { shape, dtype: 'i32', ...(backend ? { backend } : {}) })
  return {
    params: layers.map(({ weight, bias }, l) => ({
      weight: on(weight, network.layers[l]!.fanIn, network.layers[l]!.units),
      bias: on(bias, bias.length),
    })),
    neurons: layers.map(({ threshold, resetBy, decay, initial, working }, l) => ({
      threshold: on(threshold, threshold.length),
      resetBy: on(resetBy, resetBy.length),
      decay: on(decay, decay.length),
      initial: on(initial, initial.length),
      working: on(working, network.layers[l]!.fanIn, network.layers[l]!.units),
    })),
  }
}

/**
 * Inputs in [−1, 1] as payloads, flat; inputs beyond are cut off.
 *
 * @throws INVALID_ARGUMENT for NaN
 */
export const payloads = ({ inputBits }: DeviceNetwork, x: ArrayLike<number>): Int32Array =>
  Int32Array.from(x, (v, i) => {
    if (Number.isNaN(v)) throw new SpikewardError('INVALID_ARGUMENT', `payloads: input ${i} is NaN; give numbers`)
    return Math.round(Math.min(1, Math.max(-1, v)) * 2 ** inputBits)
  })

/** The distance of two weights that a layer can hold. */
export const stepOf = ({ chip }: DeviceNetwork, { format }: DeviceLayer): number => weightStep(chip, format)

/**
 * Bits by which a weight step is coarser than the mantissa of a bias: one weight step with the largest input moves a
 * current as far as 2^bits mantissas. 0 if the weight step is finer.
 */
export const biasSteps = (network: DeviceNetwork, layer: DeviceLayer): number =>
  Math.max(0, Math.round(Math.log2(stepOf(network, layer) * layer.payload) + layer.shift - layer.biasExp))
