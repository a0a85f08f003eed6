import { abs, add, cast, clip, greaterEqual, logicalAnd, mul, shiftRight, sign, sub } from '@spikeward/core'
import type { Tensor, TensorLike } from '@spikeward/core'

/** x · 2^bits for i32. */
export const shiftLeft = (x: Tensor, bits: number): Tensor => (bits === 0 ? x : mul(x, 2 ** bits))

/** ⌊x / 2^bits⌋ for i32, or x · 2^−bits for negative bits. */
export const shift = (x: Tensor, exponent: number): Tensor =>
  exponent >= 0 ? shiftLeft(x, exponent) : shiftRight(x, -exponent)

/**
 * sign(x) · ⌊|x| · factor / 2^bits⌋, exactly, although |x| · factor may need more than 32 bits: |x| is split into its
 * high part and its low `bits`.
 *
 * @param x i32, |x| < 2^24
 * @param factor i32, 0 … 2^bits
 */
export function scaleDown(x: Tensor, factor: TensorLike, bits: number): Tensor {
  const magnitude = abs(x)
  const high = mul(shiftRight(magnitude, bits), factor)
  const low = shiftRight(mul(logicalAnd(magnitude, 2 ** bits - 1), factor), bits)
  return mul(sign(x), add(high, low))
}

/** The low `bits` of x as a signed number: overflow wraps around. */
export const wrap = (x: Tensor, bits: number): Tensor =>
  sub(logicalAnd(add(x, 2 ** (bits - 1)), 2 ** bits - 1), 2 ** (bits - 1))

/** x clipped to ±(2^(bits−1) − 1): overflow saturates. */
export const saturate = (x: Tensor, bits: number): Tensor => clip(x, -(2 ** (bits - 1)) + 1, 2 ** (bits - 1) - 1)

/** Number of bits of a magnitude, i32: 0 of 0, 1 of 1, 2 of 2 and 3, … */
export const bitLength = (x: Tensor): Tensor =>
  Array.from({ length: 31 }, (_, b) => cast(greaterEqual(x, 2 ** b), 'i32')).reduce((n, bit) => add(n, bit))
