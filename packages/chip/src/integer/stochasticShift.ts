import { add, bits, cast, logicalAnd, shiftRight, sub } from '@spikeward/core'
import type { Key, Tensor } from '@spikeward/core'

/**
 * x / 2^s rounded up or down at random, with x / 2^s as its mean: ⌊(x + r) / 2^s⌋ with r uniform in 0 … 2^s − 1.
 *
 * @param x i32, |x| < 2^25
 * @param s i32 scalar, 0 … 30
 */
export function stochasticShift(x: Tensor, s: Tensor, key: Key): Tensor {
  const mask = sub(shiftRight(2 ** 30, sub(30, s)), 1)
  const r = logicalAnd(cast(shiftRight(bits(key, x.shape), 2), 'i32'), mask)
  return shiftRight(add(x, r), s)
}
