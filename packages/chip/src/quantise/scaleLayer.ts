import { SpikewardError } from '@spikeward/core'
import type { Chip } from '../chip/chip.js'
import { holdWeight, weightStep } from '../synapse/dense.js'
import type { WeightFormat } from '../synapse/dense.js'
import type { FloatLayer } from './floatMlp.js'

/** The conversion of a layer's numbers to integers. */
export interface LayerScale {
  /** Integer units of the membrane, before the state's shift, for a membrane of 1. */
  readonly scale: number
  readonly format: WeightFormat
  /** Left shift of the mantissas of biases and constant currents. */
  readonly biasExp: number
}

/** The largest magnitude; 0 if there are no values. */
export const largestOf = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((most, v) => Math.max(most, Math.abs(v)), 0)

/**
 * The smallest β for which a delayed reset by subtraction moves to the step of the spike: below it, decays are too
 * coarse.
 */
const MIN_BETA = 1 / 64

/**
 * The amount that a spike subtracts from the membrane in its own step, in the unit of the membrane. A delayed reset βu
 * + x − θ is β(u − θ/β) + x.
 *
 * @throws CHIP_SOFT_RESET for a delayed reset of membranes that keep too little of it
 */
export function subtractedBy({ threshold, beta, resetDelayed }: FloatLayer): number {
  if (!resetDelayed) return threshold
  if (beta >= MIN_BETA) return threshold / beta
  throw new SpikewardError(
    'CHIP_SOFT_RESET',
    `with beta ${beta} a membrane keeps almost nothing of the step before, so a chip cannot subtract the threshold one step after the spike; train with a beta of at least 1/64, with a reset in the step of the spike, or with reset 'zero'`,
  )
}

/**
 * The scale of a layer: as fine as the threshold, the biases, the weights, the
 * reset and the membranes before the first step allow. An integer unit of the state is
 * 1/(scale · 2^stateShift) of the float membrane; a weight w becomes w · gain · scale / 2^exponent.
 *
 * @param currents the largest constant current into the layer, biases included
 * @param bits bits of a weight
 * @throws CHIP_RANGE if no scale fits
 */
export function scaleLayer(
  chip: Chip,
  layer: FloatLayer,
  currents: number,
  bits: number,
  isFirst: boolean,
): LayerScale {
  const { threshold, gain } = layer
  const unit = 2 ** chip.stateShift
  const mantissa = 2 ** (chip.biasBits.mantissa - 1) - 1
  const most = mantissa * 2 ** (2 ** chip.biasBits.exponent - 1)
  // With half of the threshold's word, the membrane has as much room above the threshold as below it.
  const byThreshold = (2 ** (chip.thresholdBits - 1) - 1) / threshold
  const byCurrent = currents > 0 ? most / (currents * gain * unit) : Infinity
  // The membrane's word must also hold the largest of these values: a spike leaves at least −subtracted.
  const subtracted = layer.reset === 'subtract' && chip.softReset ? subtractedBy(layer) : 0
  const largestState = Math.max(subtracted, largestOf(layer.initialMembrane ?? []))
  const byState = largestState > 0 ? (2 ** (chip.stateBits - 1) - 1) / (largestState * unit) : Infinity
  const finest = Math.min(byThreshold, byCurrent, byState)
  const weight = isFirst ? 0 : largestOf(layer.weight.values) * gain
  const largestHeld = 2 ** chip.weightBits - weightStep(chip, { signMode: 'mixed', bits, exponent: 0 })
  const [, highest] = chip.weightExponent
  // The largest exponent whose scale is not finer than what threshold and currents allow.
  const exponentFor = (scale: number): number => Math.floor(Math.log2((scale * weight) / largestHeld))
  const exponent = weight === 0 ? 0 : Math.min(highest, exponentFor(finest))
  const scale = weight === 0 ? finest : Math.min(finest, (largestHeld * 2 ** exponent) / weight)
  if (exponent < chip.weightExponent[0] || scale * threshold < 1) {
    throw new SpikewardError(
      'CHIP_RANGE',
      `no scale fits ${chip.name}: the largest weight is ${weight}, the largest current ${currents}, the threshold ${threshold} and the largest reset or initial membrane ${largestState}; train with smaller weights, currents or initial membranes`,
    )
  }
  const biasExp = Math.max(0, Math.ceil(Math.log2((currents * gain * scale * unit) / mantissa)))
  return { scale, format: { signMode: 'mixed', bits, exponent }, biasExp: Number.isFinite(biasExp) ? biasExp : 0 }
}

/** Weights in the chip's representation, rounded to the nearest, and the number of weights out of range. */
export function quantiseWeights(
  chip: Chip,
  layer: FloatLayer,
  { scale, format }: LayerScale,
): { readonly weights: Int32Array; readonly clipped: number; readonly rmsError: number } {
  const step = weightStep(chip, format)
  const [low, high] = [-(2 ** chip.weightBits), 2 ** chip.weightBits - step]
  const factor = (layer.gain * scale) / 2 ** format.exponent
  let [clipped, squares] = [0, 0]
  const weights = Int32Array.from(layer.weight.values, (w) => {
    const nearest = Math.round((w * factor) / step) * step
    const clamped = Math.min(high, Math.max(low, nearest))
    if (clamped !== nearest) clipped++
    squares += (clamped / factor - w) ** 2
    return holdWeight(chip, format, clamped)
  })
  return { weights, clipped, rmsError: Math.sqrt(squares / Math.max(1, weights.length)) }
}
