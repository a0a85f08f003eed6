import { add, arange, cast, expandDims, less, minimum, mul } from '@spikeward/core'
import type { FloatDType, Tensor } from '@spikeward/core'

/** The number of parts of the rows: fixed, so that the result is the same to the bit for any number of processes. */
export const PARTS = 8

/**
 * The rows of part `index` of `count`: `place` holds their indices, and `known` [rows, 1] is zero for rows that the
 * last part lacks.
 */
export function rowsOfPart(count: number, index: Tensor, dtype: FloatDType): { place: Tensor; known: Tensor } {
  const rows = Math.ceil(count / PARTS)
  const at = add(mul(cast(index, 'i32'), rows), arange(rows, 'i32'))
  return { place: minimum(at, count - 1), known: expandDims(cast(less(at, count), dtype), 1) }
}

/** The sums of all parts, added in their order in double precision. */
export function addParts(parts: readonly Float64Array[]): Float64Array {
  const total = new Float64Array(parts[0]!.length)
  for (const part of parts) for (let i = 0; i < total.length; i++) total[i]! += part[i]!
  return total
}
