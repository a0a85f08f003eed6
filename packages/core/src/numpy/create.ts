import { type Shape, aval, sizeOf } from '../tensor/aval.js'
import { type Backend, checkBackend } from '../backend/backend.js'
import { upload } from '../tensor/deviceTensor.js'
import { type DType, type TypedArray, checkDtype, hostArray } from '../tensor/dtype.js'
import { SpikewardError } from '../errors.js'
import { hostBackend } from '../backend/execute.js'
import { broadcast } from '../primitives/broadcast.js'
import { iotaOf } from '../primitives/iota.js'
import { type Tensor, LiteralTensor } from '../tensor/tensor.js'
import { notNumber } from './broadcasting.js'
import { add, cast, mul } from './elementwise.js'

/** Nested arrays of numbers, one level for each axis. */
export type Nested = number | boolean | readonly Nested[]

function checkShape(shape: Shape): void {
  if (!Array.isArray(shape)) {
    const lengths: unknown = shape
    throw new SpikewardError(
      'INVALID_SHAPE',
      `a shape is an array of whole numbers, such as [2, 3], or [] for a single number; it is ${typeof lengths === 'number' ? `${lengths}; write [${lengths}]` : typeof lengths}`,
    )
  }
  if (!shape.every((d) => Number.isInteger(d) && d >= 0) || sizeOf(shape) > 2 ** 31) {
    throw new SpikewardError(
      'INVALID_SHAPE',
      `shape [${shape.join(', ')}]: axes are whole numbers of at least 0, and a tensor has at most 2^31 elements`,
    )
  }
}

function flatten(data: Nested, out: number[]): number[] {
  if (!Array.isArray(data)) {
    if (typeof data !== 'number' && typeof data !== 'boolean') throw notNumber('tensor()', data)
    out.push(Number(data))
    return []
  }
  const shapes = (data as readonly Nested[]).map((x) => flatten(x, out))
  const first = shapes[0] ?? []
  if (shapes.some((s) => s.length !== first.length || s.some((d, i) => d !== first[i]))) {
    throw new SpikewardError(
      'INVALID_SHAPE',
      'tensor(): nested arrays of unequal length; all rows must have the same length',
    )
  }
  return [data.length, ...first]
}

/**
 * A tensor from numbers.
 *
 * @param data a number, nested arrays, or a typed array (its type decides the element type: Float32Array f32,
 *   Float64Array f64, Int32Array i32, Uint32Array u32)
 * @param options.shape for flat data; default: the nesting
 * @param options.dtype default f32 for numbers, bool for booleans
 * @param options.backend default: the host, from which the tensor is copied to the backend of other operands
 * @example tensor([[1, 2], [3, 4]])            // f32[2,2]
 */
export function tensor(
  data: Nested | TypedArray,
  options: { dtype?: DType; shape?: Shape; backend?: Backend } = {},
): Tensor {
  let values: ArrayLike<number>
  let dims: Shape
  let dtype: DType
  if (ArrayBuffer.isView(data)) {
    values = data
    dims = [data.length]
    dtype =
      data instanceof Float32Array
        ? 'f32'
        : data instanceof Float64Array
          ? 'f64'
          : data instanceof Int32Array
            ? 'i32'
            : 'u32'
  } else {
    const out: number[] = []
    dims = flatten(data, out)
    values = out
    dtype = 'f32'
    let first: Nested = data
    while (Array.isArray(first)) first = (first as readonly Nested[])[0] ?? 0
    if (typeof first === 'boolean') dtype = 'bool'
  }
  const shape = options.shape ?? dims
  checkShape(shape)
  if (sizeOf(shape) !== values.length) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `tensor(): ${values.length} numbers do not fill shape [${shape.join(', ')}], which has ${sizeOf(shape)} elements`,
    )
  }
  checkDtype(options.dtype ?? dtype)
  const a = aval(shape, options.dtype ?? dtype)
  const host = hostArray(a.dtype, values.length)
  if (a.dtype === 'bool') for (let i = 0; i < values.length; i++) host[i] = values[i] === 0 ? 0 : 1
  else host.set(values)
  return upload(a, options.backend === undefined ? hostBackend() : checkBackend(options.backend, 'tensor()'), host)
}

/** `shape` filled with `value`. */
export function full(
  shape: Shape,
  value: number | boolean,
  dtype: DType = typeof value === 'boolean' ? 'bool' : 'f32',
): Tensor {
  checkShape(shape)
  checkDtype(dtype)
  // Not marked binary: states and parameters start as zeros and do not stay binary.
  return broadcast(new LiteralTensor(aval([], dtype), Number(value)), shape, [])
}

/** Zeros. */
export const zeros = (shape: Shape, dtype: DType = 'f32'): Tensor => full(shape, 0, dtype)
/** Ones. */
export const ones = (shape: Shape, dtype: DType = 'f32'): Tensor => full(shape, 1, dtype)
/** Zeros of the shape and element type of `x`. */
export const zerosLike = (x: Tensor): Tensor => full(x.shape, 0, x.dtype)
/** Ones of the shape and element type of `x`. */
export const onesLike = (x: Tensor): Tensor => full(x.shape, 1, x.dtype)

/** Coordinates along `axis`: y[i] = i[axis]. */
export function iota(shape: Shape, axis = 0, dtype: DType = 'i32'): Tensor {
  checkShape(shape)
  checkDtype(dtype)
  return iotaOf(
    shape,
    dtype,
    shape.map((_, a) => (a === axis ? 1 : 0)),
  )
}

/** 0, 1, …, n − 1. */
export const arange = (n: number, dtype: DType = 'i32'): Tensor => iota([n], 0, dtype)

/** `n` numbers from `start` to `stop`, both included. */
export const linspace = (start: number, stop: number, n: number, dtype: 'f32' | 'f64' = 'f32'): Tensor =>
  add(mul(cast(arange(n), dtype), n > 1 ? (stop - start) / (n - 1) : 0), start)
