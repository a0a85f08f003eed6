import { SpikewardError } from '@spikeward/core'
import type { Affine, Edges, Tensor } from '@spikeward/core'
import type { Chip } from '../chip/chip.js'
import type { WeightFormat } from '../synapse/dense.js'

/** A convolution of a time-stepper in floats, with the thresholds of the units that send its inputs. */
export interface FloatConvolution {
  /** Cells that an output reads along each axis. */
  readonly kernel: readonly number[]
  readonly inputs: number
  readonly outputs: number
  /** [k₁ … k_d, inputs, outputs], row-major. */
  readonly weight: ArrayLike<number>
  /** [outputs]. */
  readonly bias: ArrayLike<number>
  /** The least change of each input channel that is sent, [inputs]. */
  readonly thresholds: ArrayLike<number>
}

/**
 * A time-stepper u ← u + N(u) in sigma–delta form, with N convolutions of stride 1 and rectifiers between them; see
 * `toSigmaDelta` of `@spikeward/train`.
 */
export interface FloatStepper {
  /** Cells along each axis of the field. */
  readonly cells: readonly number[]
  readonly edges: Exclude<Edges, 'reflect'>
  readonly layers: readonly FloatConvolution[]
  /** Part of the field's unsent rest that is dropped in each step, from 0 to 1. */
  readonly leak: number
  /** The constant field whose values layers hold before the first step. */
  readonly rest: number
}

const numbers = async (t: Tensor): Promise<Float64Array> => Float64Array.from(await t.data(), Number)

/**
 * A trained time-stepper as plain numbers, for {@link quantiseStepper}.
 *
 * @param layers convolutions of stride 1, with weights [k₁ … k_d, inputs, outputs]
 * @param units thresholds of each layer's inputs, in the order of the layers, and the leak; see `toSigmaDelta` of
 *   `@spikeward/train`
 * @throws INVALID_ARGUMENT if a layer has no thresholds or no bias
 * @example
 * const { thresholds, leak } = await toSigmaDelta(advance, { layers }, tuning)
 * const units = { thresholds: layers.map((_, l) => thresholds[`layers.${l}.weight`]!), leak }
 * const stepper = await floatStepper(layers, units, { cells: [256], edges: 'circular', rest: 1 })
 */
export async function floatStepper(
  layers: readonly Affine[],
  { thresholds, leak = 0 }: { readonly thresholds: readonly Tensor[]; readonly leak?: number },
  field: Pick<FloatStepper, 'cells' | 'edges' | 'rest'>,
): Promise<FloatStepper> {
  const convolutions = layers.map(async ({ weight, bias }, l): Promise<FloatConvolution> => {
    const [inputs, outputs] = weight.shape.slice(-2) as [number, number]
    const own = thresholds[l]
    if (own === undefined || bias === undefined)
      throw new SpikewardError(
        'INVALID_ARGUMENT',
        `floatStepper: layer ${l} has no ${own === undefined ? 'thresholds' : 'bias'}; give one tensor for each of the ${layers.length} layers`,
      )
    return {
      ...{ kernel: weight.shape.slice(0, -2), inputs, outputs, weight: await numbers(weight) },
      ...{ bias: await numbers(bias), thresholds: await numbers(own) },
    }
  })
  return { ...field, leak, layers: await Promise.all(convolutions) }
}

/**
 * A layer in the integers of a chip: the units that send changes of its inputs, and the convolution that reads them.
 */
export interface ChipConvolution extends Pick<FloatConvolution, 'kernel' | 'inputs' | 'outputs'> {
  /** Thresholds of the units in units of a message, [inputs]. */
  readonly vth: Int32Array
  /** Biases of the units in units of a message, [inputs]; 0 for the field. */
  readonly bias: Int32Array
  /** Left shift of the units' state against a message. */
  readonly stateExp: number
  /** [k₁ … k_d, inputs, outputs], as held. */
  readonly weights: Int32Array
  readonly format: WeightFormat
}

/** The result of converting a layer. */
export interface ConvolutionReport {
  /** Units that send its inputs. */
  readonly neurons: number
  /** Synapses that a message of an inner cell reaches. */
  readonly fanOut: number
  readonly weightBytes: number
  readonly cores: number
  /** Root mean square of the error of the weights, in their own unit. */
  readonly rmsWeightError: number
}

/** A time-stepper in the integers of a chip. */
export interface ChipStepper extends Pick<FloatStepper, 'cells' | 'edges'> {
  readonly chip: Chip
  readonly layers: readonly ChipConvolution[]
  /** Biases of the last convolution, in the unit of its sums. */
  readonly outBias: Int32Array
  /** The last sums become an increment of the field: · multiplier / 2^decayBits, then a left shift. */
  readonly increment: { readonly multiplier: number; readonly shift: number }
  /** Part of the field's unsent rest that is dropped in each step, in units of 2^−decayBits. */
  readonly leak: number
  /** The constant field before the first step, in units of the field. */
  readonly rest: number
  /** Integer units of the field for a field of 1. */
  readonly fieldScale: number
  readonly report: readonly ConvolutionReport[]
}

/** The work of a layer in a run: its messages and their synaptic operations, and the sizes that prices refer to. */
export interface ConvolutionTraffic {
  readonly inputs: number
  readonly outputs: number
  readonly weights: number
  readonly messages: number
  readonly operations: number
  readonly cores: number
}

/**
 * The work of each layer in a run, for `eventWork` and `networkTime` of `@spikeward/energy`. Each message is an
 * operation for every synapse of a cell within the field.
 *
 * @param messages of each layer's inputs; see {@link runStepper}
 * @example
 * const traffic = stepperTraffic(network, messages)
 * const work = eventWork(traffic, { evaluations: steps, conversions: cells * (1 + steps) })
 * networkEnergy(work, loihi1Network) // picojoules
 * networkTime(traffic, steps, loihi1Times) // nanoseconds
 */
export const stepperTraffic = ({ layers, report }: ChipStepper, messages: readonly number[]): ConvolutionTraffic[] =>
  report.map(({ neurons, fanOut, cores }, l) => {
    const { inputs, outputs, weights } = layers[l]!
    const sent = messages[l]!
    return {
      ...{ inputs: neurons, outputs: (neurons / inputs) * outputs, weights: weights.length, cores },
      ...{ messages: sent, operations: sent * fanOut },
    }
  })
