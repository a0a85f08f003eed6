import type { DType, ScalarOp } from '@spikeward/core/backend'

/** The allowed distance from the reference: in units in the last place of the expected value, or absolute. */
export interface Tolerance {
  readonly ulp: number
  readonly absolute: number
}

/** The same bits, or any NaN for NaN. */
export const EXACT: Tolerance = { ulp: 0, absolute: 0 }

/** Distance from 1 to the next number. */
export const epsilonOf = (dtype: DType): number => (dtype === 'f64' ? 2 ** -52 : 2 ** -23)

/** The smallest normal number; results below it may be flushed or lose bits. */
const smallest = (dtype: DType): number => (dtype === 'f64' ? 2 ** -1022 : 2 ** -126)

/** The largest |x| for which the error of sin x and cos x is bounded; beyond, they are numbers from −1 to 1. */
export const LARGEST_ANGLE = 1e4

/**
 * The tolerances by operation. All others are exact: IEEE 754 requires correct rounding of + − × ÷ √, and the rest move or
 * compare bits.
 *
 * | operation | ulp | absolute |
 * |---|---|---|
 * | exp, log | 4 | the smallest normal number (exp underflows); log: ε/2 near 1 |
 * | sin, cos (|x| ≤ 10⁴) | 4 | ε/2, near the zeros |
 * | tanh, erf | 8 | |
 * | pow | 16 | the smallest normal number |
 * | rem (|x/y| < 2²⁰) | | 2 ε |x|, modulo y |
 */
export function toleranceOf(op: ScalarOp, dtype: DType): Tolerance {
  switch (op) {
    case 'exp':
      return { ulp: 4, absolute: smallest(dtype) }
    case 'log':
    case 'sin':
    case 'cos':
      return { ulp: 4, absolute: epsilonOf(dtype) / 2 }
    case 'tanh':
    case 'erf':
      return { ulp: 8, absolute: smallest(dtype) }
    case 'pow':
      return dtype === 'f32' || dtype === 'f64' ? { ulp: 16, absolute: smallest(dtype) } : EXACT
    default:
      return EXACT
  }
}

/** True for operations that need not be correctly rounded. */
export const isApproximate = (op: ScalarOp): boolean => toleranceOf(op, 'f32') !== EXACT || op === 'rem'

/** One unit in the last place of x. */
export function ulpOf(x: number, dtype: DType): number {
  const magnitude = Math.abs(x)
  if (!(magnitude < Infinity)) return 0
  return Math.max(2 ** Math.floor(Math.log2(magnitude || smallest(dtype))), smallest(dtype)) * epsilonOf(dtype)
}
