import { SpikewardError, add } from '@spikeward/core'
import type { Affine, Edges, Tensor } from '@spikeward/core'
import type { Chip } from '../chip/chip.js'
import { scaleDown, shift } from '../integer/integer.js'
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
  /** The least change of each input channel that is sent; of few-spike units half their range, [inputs]. */
  readonly thresholds: ArrayLike<number>
}

/**
 * A time-stepper u ← u + N(u), with N convolutions of stride 1 and units between them: rectifiers in sigma–delta form,
 * see `toSigmaDelta` of `@spikeward/train`, or few-spike units, see `fewSpike` of `@spikeward/neurons`.
 */
export interface FloatStepper {
  /** Cells along each axis of the field. */
  readonly cells: readonly number[]
  readonly edges: Exclude<Edges, 'reflect'>
  readonly layers: readonly FloatConvolution[]
  /** Part of the field's unsent rest that is dropped in each step, from 0 to 1. */
  readonly leak: number
  /** The constant field whose values layers hold before the first step: a number for all channels, or one for each. */
  readonly rest: number | readonly number[]
  /** Steps of a cycle of few-spike units, their bits K. Default null: sigma–delta units. */
  readonly cycle?: number | null
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
  field: Pick<FloatStepper, 'cells' | 'edges' | 'rest' | 'cycle'>,
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
  /** Thresholds of the units in units of a message, of few-spike units in those of their state, [inputs]. */
  readonly vth: Int32Array
  /** Biases of the units in the same units, [inputs]; 0 for the field. */
  readonly bias: Int32Array
  /** Factors by which the receivers of this layer scale what arrives, in units of 2^(1−decayBits). Absent: 1. */
  readonly gains?: Int32Array | undefined
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
  readonly rest: FloatStepper['rest']
  /** Integer units of the field for a field of 1. */
  readonly fieldScale: number
  /** Steps of a cycle of few-spike units; null: sigma–delta units. */
  readonly cycle: number | null
  readonly report: readonly ConvolutionReport[]
}

/** The work of a layer in a run: its messages and their synaptic operations, and the sizes that prices refer to. */
export interface ConvolutionTraffic {
  /** Updates of the units that send its inputs, for each evaluation. */
  readonly inputs: number
  readonly outputs: number
  readonly weights: number
  readonly messages: number
  readonly operations: number
  readonly cores: number
  /** Time steps of the chip for each evaluation. */
  readonly steps: number
}

/** Fields and messages of a number of steps. */
export type ChipRollout = {
  /** i32 [steps, batch, …cells, 1], in units of 1/fieldScale. */
  readonly fields: Tensor
  /** The number of messages of each layer's inputs, each i32 [steps, batch]. */
  readonly messages: readonly Tensor[]
}

/** The rise of a field for the last sums: (s + b) · multiplier · 2^(shift − decayBits). */
export const riseOf = ({ chip, increment }: ChipStepper, sums: Tensor, bias: Tensor): Tensor =>
  shift(scaleDown(add(sums, bias), increment.multiplier, chip.decayBits), increment.shift)

/**
 * The work of each layer in a run, for `eventWork` and `networkTime` of `@spikeward/energy`. Each message is an
 * operation for every synapse of a cell within the field. Few-spike units are updated in each step of their cycle.
 *
 * @param messages of each layer's inputs; see {@link runStepper}
 * @example
 * const traffic = stepperTraffic(network, messages)
 * const work = eventWork(traffic, { evaluations: steps, conversions: cells * (1 + steps) })
 * networkEnergy(work, loihi1Network) // picojoules
 * networkTime(traffic, steps, loihi1Times) // nanoseconds
 */
export const stepperTraffic = (
  { layers, report, cycle }: ChipStepper,
  messages: readonly number[],
): ConvolutionTraffic[] =>
  report.map(({ neurons, fanOut, cores }, l) => {
    const { inputs, outputs, weights } = layers[l]!
    const [sent, steps] = [messages[l]!, l === 0 ? 1 : (cycle ?? 1)]
    return {
      ...{ inputs: steps * neurons, outputs: (neurons / inputs) * outputs, weights: weights.length, cores },
      ...{ messages: sent, operations: sent * fanOut, steps },
    }
  })
