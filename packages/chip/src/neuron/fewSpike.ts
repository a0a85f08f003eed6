import { add, cast, greaterEqual, mul, sub } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import type { Chip } from '../chip/chip.js'
import { saturate, shiftLeft, wrap } from '../integer/integer.js'

/**
 * One step of few-spike units, which send the binary digits of their value from the highest on, as binary spikes:
 *
 *     s = H(v − θ),   v ← saturate(2 (v − θ s))
 *
 * θ is half the range of the values. The value doubles instead of halving the weight of a spike, so that no digit is
 * lost: K steps send ⌊2^K v / 2θ⌋, clipped to 0 … 2^K − 1. `fewSpike` of `@spikeward/neurons` is the same in floats.
 *
 * @param value v, i32; before the first step the sum that arrived in the last cycle, with its bias
 * @param vth θ of each unit, i32, 1 … 2^(stateBits − 2) − 1
 * @returns the spikes, 0 or 1, and the value of the next step
 * @see Stöckl & Maass 2021, 2002.00860
 * @example const { sent, value } = fewSpikeStep(loihi2, tensor([700, 3], { dtype: 'i32' }), tensor(512, { dtype: 'i32' }))
 */
export function fewSpikeStep(
  chip: Chip,
  value: Tensor,
  vth: Tensor,
): { readonly value: Tensor; readonly sent: Tensor } {
  const sent = cast(greaterEqual(value, vth), 'i32')
  return { sent, value: saturate(shiftLeft(sub(value, mul(sent, vth)), 1), chip.stateBits) }
}

/** The sum of a receiver of such spikes: σ ← wrap(2σ + a), so that a spike counts twice as much as one a step later. */
export const fewSpikeSum = (chip: Chip, sum: Tensor, arrived: Tensor): Tensor =>
  wrap(add(shiftLeft(sum, 1), arrived), chip.stateBits)
