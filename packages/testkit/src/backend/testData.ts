import { hostArray, type DType, type TypedArray } from '@spikeward/core/backend'

/** Special values of each dtype that often reveal errors. */
export const specialValues: Record<DType, readonly number[]> = {
  f32: floats([
    16777216, 16777217, 3e38, -3e38, 1e-38, 1e-40, -1e-40, 1.401298464324817e-45, 0.99999994, 1.0000001192092896,
  ]),
  f64: floats([
    9007199254740992, 1.7e308, -1.7e308, 2e-308, 1e-310, -1e-310, 5e-324, 0.9999999999999999, 1.0000000000000002,
  ]),
  i32: [0, 1, -1, 2, 3, -7, 31, 100, 65535, 65536, -65536, 0x12345678, 2147483647, -2147483648],
  u32: [0, 1, 2, 3, 7, 31, 100, 65535, 65536, 0x12345678, 0x7fffffff, 0x80000000, 0xdeadbeef, 0xffffffff],
  bool: [0, 1],
}

function floats(more: readonly number[]): readonly number[] {
  const common = [
    0, 1, 0.5, 1.5, 2, 2.5, 3, 0.1, 0.3, 1e-3, 1e-7, 0.7853981633974483, 1.5707963267948966, 3.141592653589793, 10.25,
    17.75, 87.5, 104, 1000.5, 1e10, 2147483648, 4294967296,
  ]
  return [...common, ...common.map((x) => -x), ...more, Infinity, -Infinity, NaN]
}

/**
 * A stream of 32-bit integers from a number (a Weyl sequence through a finaliser), so that test data are the same on
 * every machine.
 */
export function integers(key: number): () => number {
  let state = Math.imul(key ^ 0x9e3779b9, 0x85ebca6b) >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let x = state
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad)
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97)
    return (x ^ (x >>> 15)) >>> 0
  }
}

/** Moderate data: floats in [−2, 2), one in eight a multiple of ½; integers of 32 bits, some of them small. */
export function moderateData(dtype: DType, size: number, key: number): TypedArray {
  const next = integers(key)
  const array = hostArray(dtype, size)
  for (let i = 0; i < size; i++) {
    const r = next()
    if (dtype === 'bool') array[i] = r & 1
    else if (dtype === 'i32' || dtype === 'u32') array[i] = r % 3 === 0 ? r : dtype === 'u32' ? r % 9 : (r % 9) - 4
    else array[i] = r % 8 === 0 ? (next() % 9) / 2 - 2 : next() / 2 ** 30 - 2
  }
  return array
}

/** Data of ones and zeros, ones with probability `density`. */
export function binaryData(dtype: 'f32' | 'f64', size: number, density: number, key: number): TypedArray {
  const next = integers(key)
  const array = hostArray(dtype, size)
  for (let i = 0; i < size; i++) array[i] = next() / 2 ** 32 < density ? 1 : 0
  return array
}
