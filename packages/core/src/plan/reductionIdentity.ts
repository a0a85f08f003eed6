import type { DType } from '../tensor/dtype.js'

/**
 * The initial value of a reduction, x for which x ∘ y = y: 0 for a sum, the least element of the dtype for `max`, the
 * greatest for `min`. Floats begin at ∓∞, bool at 0 or 1.
 */
export function reductionIdentity(reduce: 'sum' | 'max' | 'min', dtype: DType): number {
  if (reduce === 'sum') return 0
  const [least, greatest] = ends[dtype]
  return reduce === 'max' ? least : greatest
}

const ends: Record<DType, readonly [number, number]> = {
  f32: [-Infinity, Infinity],
  f64: [-Infinity, Infinity],
  i32: [-2147483648, 2147483647],
  u32: [0, 4294967295],
  bool: [0, 1],
}
