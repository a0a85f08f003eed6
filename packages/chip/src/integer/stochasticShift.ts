import { add, bits, cast, logicalAnd, shiftRight, sub } from '@spikeward/core'
import type { Key, Tensor } from '@spikeward/core'

/** The most bits that a value is shifted by, and so the most random bits that are added to it. */
export const RANDOM_BITS = 30

/**
 * x / 2^s rounded up or down at random, with x / 2^s as its mean: ⌊(x + r) / 2^s⌋ with r uniform in 0 … 2^s − 1.
 *
 * @param x i32, |x| < 2^25
 * @param s i32 scalar, 0 … 30
 */
export function stochasticShift(x: Tensor, s: Tensor, key: Key): Tensor {
  const mask = sub(shiftRight(2 ** RANDOM_BITS, sub(RANDOM_BITS, s)), 1)
  const r = logicalAnd(cast(shiftRight(bits(key, x.shape), 32 - RANDOM_BITS), 'i32'), mask)
  return shiftRight(add(x, r), s)
}
