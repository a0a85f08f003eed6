import { operations, type DType, type ScalarOp } from '@spikeward/core/backend'

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

/**
 * The tolerance of an operation, from its declaration: exact unless it says otherwise, since IEEE 754 requires correct
 * rounding of + − × ÷ √, and the rest move or compare bits. The remainder has a check of its own: 2 ε |x|, modulo y.
 */
export function toleranceOf(op: ScalarOp, dtype: DType): Tolerance {
  const { error } = operations[op]
  if (error === undefined) return EXACT
  return { ulp: error.ulp, absolute: error.absolute === 'ε/2' ? epsilonOf(dtype) / 2 : smallest(dtype) }
}

/** True for operations that need not be correctly rounded. */
export const isApproximate = (op: ScalarOp): boolean => operations[op].error !== undefined || op === 'rem'

/** One unit in the last place of x. */
export function ulpOf(x: number, dtype: DType): number {
  const magnitude = Math.abs(x)
  if (!(magnitude < Infinity)) return 0
  return Math.max(2 ** Math.floor(Math.log2(magnitude || smallest(dtype))), smallest(dtype)) * epsilonOf(dtype)
}
