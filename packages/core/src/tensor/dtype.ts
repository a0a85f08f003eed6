import { SpikewardError } from '../errors.js'

/** Element types. `bool` is stored as a 32-bit 0 or 1 on every backend (WebGPU has no smaller type). */
export type DType = 'f32' | 'f64' | 'i32' | 'u32' | 'bool'

/** The floating-point element types: those that carry derivatives. */
export type FloatDType = 'f32' | 'f64'

/** Host-side storage of a tensor's elements. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint32Array

/** Bytes of one stored element. */
export const bytesOf = (dtype: DType): number => (dtype === 'f64' ? 8 : 4)

/** True for `f32` and `f64`. */
export const isFloat = (dtype: DType): dtype is FloatDType => dtype === 'f32' || dtype === 'f64'

const dtypes: readonly unknown[] = ['f32', 'f64', 'i32', 'u32', 'bool' satisfies DType]

/**
 * Checks an element type that a user gave.
 *
 * @throws INVALID_DTYPE
 */
export function checkDtype(dtype: DType): void {
  if (dtypes.includes(dtype)) return
  const name: unknown = dtype
  const description = typeof name === 'object' && name !== null ? 'an object' : (JSON.stringify(name) ?? String(name))
  throw new SpikewardError(
    'INVALID_DTYPE',
    `an element type is one of ${dtypes.join(', ')}, and it is ${description}; write zeros([2, 3], 'f64') or tensor([1, 2], { dtype: 'f64' }); ` +
      'for a place on a backend: await toBackend(zeros([2, 3]), backend)',
  )
}

/** A zeroed host array of `size` elements of `dtype` (`bool` is a `Uint32Array` of 0 and 1). */
export function hostArray(dtype: DType, size: number): TypedArray {
  switch (dtype) {
    case 'f32':
      return new Float32Array(size)
    case 'f64':
      return new Float64Array(size)
    case 'i32':
      return new Int32Array(size)
    case 'u32':
    case 'bool':
      return new Uint32Array(size)
  }
}

/** The host array type of `dtype` as a view of `bytes` from `byteOffset`, `size` elements long. */
export function hostView(dtype: DType, bytes: ArrayBufferLike, byteOffset: number, size: number): TypedArray {
  switch (dtype) {
    case 'f32':
      return new Float32Array(bytes, byteOffset, size)
    case 'f64':
      return new Float64Array(bytes, byteOffset, size)
    case 'i32':
      return new Int32Array(bytes, byteOffset, size)
    case 'u32':
    case 'bool':
      return new Uint32Array(bytes, byteOffset, size)
  }
}
