import { type Shape, sizeOf } from '../tensor/aval.js'
import type { FloatDType } from '../tensor/dtype.js'
import { SpikewardError } from '../errors.js'
import { type Key, randomWords } from './key.js'
import type { Tensor } from '../tensor/tensor.js'
import { abs, add, cast, cos, div, floor, less, log, minimum, mul, sign, sqrt, sub } from './elementwise.js'
import { shiftRightPrimitive } from '../primitives/pointwise/logic.js'
import { bitcastPrimitive } from '../primitives/pointwise/cast.js'
import { bind } from '../interpreters/currentInterpreter.js'
import { sum } from './reduce.js'
import { alignOperands } from './broadcasting.js'

/** Options of the draws: the element type, default f32. */
export interface DrawOptions {
  readonly dtype?: FloatDType
}

const shiftRight = (x: Tensor, by: number): Tensor =>
  bind(shiftRightPrimitive, alignOperands('shiftRight', [x, by]), null)[0]!

/** 32 random bits for each element: u32. The same integers on every backend. */
export const bits = (key: Key, shape: Shape): Tensor => randomWords(key, shape)[0]

/** Numbers in [0, 1) from words: 24 bits for f32; 53 bits, from both words, for f64. */
function unit([high, low]: readonly [Tensor, Tensor], dtype: FloatDType): Tensor {
  if (dtype === 'f32') return mul(cast(shiftRight(high, 8), 'f32'), 2 ** -24)
  return mul(add(mul(cast(shiftRight(high, 5), 'f64'), 2 ** 26), cast(shiftRight(low, 6), 'f64')), 2 ** -53)
}

/** Uniform on [min, max). */
export function uniform(key: Key, shape: Shape, options: DrawOptions & { min?: number; max?: number } = {}): Tensor {
  const { min = 0, max = 1, dtype = 'f32' } = options
  const u = unit(randomWords(key, shape), dtype)
  return min === 0 && max === 1 ? u : add(mul(u, max - min), min)
}

/** Standard normal by the Box–Muller transform: √(−2 ln(1 − u)) cos 2πw, u and w from the two words of one counter. */
export function normal(key: Key, shape: Shape, { dtype = 'f32' }: DrawOptions = {}): Tensor {
  const words = randomWords(key, shape)
  const u = unit(words, dtype)
  const w = dtype === 'f32' ? unit([words[1], words[0]], dtype) : mul(cast(words[1], 'f64'), 2 ** -32)
  return mul(sqrt(mul(-2, log(sub(1, u)))), cos(mul(2 * Math.PI, w)))
}

/** −1 or 1 with equal probability. */
export function rademacher(key: Key, shape: Shape, { dtype = 'f32' }: DrawOptions = {}): Tensor {
  const positive = cast(shiftRight(bits(key, shape), 31), dtype)
  return sub(mul(2, positive), 1)
}

/** Uniform on the sphere of squared radius d = number of elements: entries have variance 1, ‖v‖² = d exactly. */
export function sphere(key: Key, shape: Shape, options: DrawOptions = {}): Tensor {
  const z = normal(key, shape, options)
  return mul(z, sqrt(div(sizeOf(shape), sum(mul(z, z)))))
}

/** Laplace of mean 0 and variance 1 (scale 1/√2), by inversion. */
export function laplace(key: Key, shape: Shape, options: DrawOptions = {}): Tensor {
  const u = sub(uniform(key, shape, options), 0.5)
  const tail = sub(1, mul(2, minimum(abs(u), 0.5 - 2 ** -25)))
  return mul(-Math.SQRT1_2, mul(sign(u), log(tail)))
}

/**
 * Integers in [0, n), of type i32. Throws INVALID_ARGUMENT for n outside 1 … 2²⁴: each number comes from 24 bits, with
 * a bias below n/2²⁴.
 */
export function randint(key: Key, shape: Shape, n: number): Tensor {
  if (!Number.isInteger(n) || n < 1 || n > 2 ** 24)
    throw new SpikewardError('INVALID_ARGUMENT', `randint: n is ${n}; it must be a whole number from 1 to 2^24`)
  return minimum(cast(floor(mul(uniform(key, shape), n)), 'i32'), n - 1)
}

/** True with probability p. */
export const bernoulli = (key: Key, p: Tensor, shape: Shape = p.shape): Tensor => less(uniform(key, shape), p)

/** Reinterprets u32 as f32 or back, bit for bit: for tests of generators. */
export const bitcast = (x: Tensor, dtype: 'f32' | 'i32' | 'u32'): Tensor => bind(bitcastPrimitive, [x], { dtype })[0]!

/**
 * A number of the standard normal distribution from two independent uniform ones (Box & Muller 1958), on the host in
 * double precision:
 *
 *     √(−2 ln(1 − u)) cos 2πw
 *
 * For tensors of normal numbers use {@link normal}.
 *
 * @param u uniform in [0, 1)
 * @param w uniform in [0, 1)
 * @example boxMuller(0.5, 0) // 1.1774…, √(2 ln 2)
 */
export const boxMuller = (u: number, w: number): number => Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * w)
