import { cast, matmul, mul, reshape, sum } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import type { Chip, SignMode } from '../chip/chip.js'
import { checkWord, shift } from '../integer/integer.js'

/** The representation of a connection's weights. */
export interface WeightFormat {
  readonly signMode: SignMode
  /** Bits of a weight, 1 … the chip's; fewer take less memory and are coarser. */
  readonly bits: number
  /** Left shift of a sum of weights; negative values shift right. */
  readonly exponent: number
}

/** The range of integer weights before truncation. */
export function weightRange(chip: Chip, { signMode }: WeightFormat): readonly [number, number] {
  const largest = 2 ** chip.weightBits - 1
  if (signMode === 'mixed') return [-largest - 1, largest]
  return signMode === 'excitatory' ? [0, largest] : [-largest, 0]
}

/** The step between two representable weights. The sign takes a bit, so mixed weights are even. */
export const weightStep = (chip: Chip, { signMode, bits }: WeightFormat): number =>
  2 ** (chip.weightBits - bits + (signMode === 'mixed' ? 1 : 0))

/**
 * A weight as the chip holds it: the lowest bits are cut off, towards −∞.
 *
 * @throws CHIP_RANGE
 */
export function holdWeight(chip: Chip, format: WeightFormat, weight: number): number {
  const value = checkWord('a weight', weight, ...weightRange(chip, format), chip.name)
  const step = weightStep(chip, format)
  return Math.floor(value / step) * step
}

/** @throws CHIP_RANGE */
export function checkFormat(chip: Chip, { bits, exponent }: WeightFormat): void {
  checkWord('the number of weight bits', bits, 1, chip.weightBits, chip.name)
  checkWord('the exponent of the weights', exponent, ...chip.weightExponent, chip.name)
}

/** Above this magnitude f32 skips whole numbers. */
const EXACT = 2 ** 24

/**
 * Activation of a layer: the sum of the weights of the neurons that spiked, shifted by the exponent.
 *
 *     a = shift(Σ_j w_ij s_j, exponent)
 *
 * Sums that stay below 2^24 are computed as products of floats, which are exact up to there and event-driven for binary
 * spikes.
 *
 * @param spikes i32 [batch, in], payloads from 0
 * @param weights i32 [in, out], as held by the chip
 * @param largest the largest payload, 1 for binary spikes
 * @returns i32 [batch, out]
 */
export function denseActivation(
  chip: Chip,
  format: WeightFormat,
  spikes: Tensor,
  weights: Tensor,
  largest = 1,
): Tensor {
  const fanIn = weights.shape[0]!
  const bound = fanIn * largest * 2 ** chip.weightBits
  const total =
    bound < EXACT
      ? cast(matmul(cast(spikes, 'f32'), cast(weights, 'f32')), 'i32')
      : sum(mul(reshape(spikes, [...spikes.shape, 1]), weights), -2)
  return shift(total, format.exponent)
}
