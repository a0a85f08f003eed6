import {
  abs,
  add,
  bits,
  cast,
  clip,
  greaterEqual,
  logicalAnd,
  mul,
  printValue,
  shiftRight,
  sign,
  SpikewardError,
  sub,
} from '@spikeward/core'
import type { Key, Tensor, TensorLike } from '@spikeward/core'

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

/** The error for a number that does not fit the chip's word. */
const outOfRange = (what: string, value: unknown, low: number, high: number, chip: string): SpikewardError =>
  new SpikewardError(
    'CHIP_RANGE',
    `${what} is ${printValue(value)}; on ${chip} it must be a whole number from ${low} to ${high}; quantise() chooses a scale that fits`,
  )

/** Returns a whole number that fits its word unchanged. */
export function checkWord(what: string, value: unknown, low: number, high: number, chip: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= low && value <= high) return value
  throw outOfRange(what, value, low, high, chip)
}

/** Returns a whole-numbered option between its limits unchanged. */
export function checkOption(by: string, name: string, value: unknown, low: number, high: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= low && value <= high) return value
  throw new SpikewardError(
    'INVALID_OPTION',
    `${by}: ${name} is ${printValue(value)}; it must be a whole number from ${low} to ${high}`,
  )
}
