import type { Tensor } from '../../tensor/tensor.js'
import { bind } from '../../interpreters/currentInterpreter.js'
import { pointwise, zeroOf } from './pointwise.js'
import type { Primitive } from '../../program/program.js'
import { isZero } from '../../program/tangent.js'
import { type DType, isFloat } from '../../tensor/dtype.js'

/** Parameters of a conversion: the result's element type. */
export interface CastParams {
  readonly dtype: DType
}

/** Converts the element type. Linear between floats; binary stays binary, and bool becomes binary 0 and 1. */
export const castPrimitive: Primitive<CastParams> = pointwise<CastParams>({
  name: 'cast',
  dtype: (_ins, p) => p.dtype,
  binary: ([x]) => x!.binary,
  tangent: ([x], [dx], y) => (isFloat(x!.dtype) && !isZero(dx!) ? cast(dx!, y.dtype) : zeroOf(y)),
  series: 'linear',
  transpose: ([ct], [x]) => ['known' in x! ? null : isZero(ct!) ? { zero: x!.linear } : cast(ct!, x!.linear.dtype)],
  emit: (k, [x], { dtype }) => [k.unary('cast', dtype, x!)],
})

/** Reinterprets the 32 bits as another element type. */
export const bitcastPrimitive: Primitive<CastParams> = pointwise<CastParams>({
  name: 'bitcast',
  dtype: (_ins, p) => p.dtype,
  tangent: null,
  transpose: 'nonlinear',
  emit: (k, [x], { dtype }) => [k.unary('bitcast', dtype, x!)],
})

/** {@link castPrimitive} as a function; a tensor of that type is returned unchanged. */
export const cast = (x: Tensor, dtype: DType): Tensor =>
  x.dtype === dtype ? x : bind(castPrimitive, [x], { dtype })[0]!

/** y = x with a derivative of zero. */
export const stopGradientPrimitive: Primitive<null> = pointwise({
  name: 'stopGradient',
  dtype: ([x]) => x!.dtype,
  binary: ([x]) => x!.binary,
  tangent: null,
  transpose: 'nonlinear',
  emit: (_k, [x]) => [x!],
})

/**
 * The value itself, which derivatives treat as a constant: ẏ = 0.
 *
 * @example const reset = mul(stopGradient(spike), threshold)
 */
export const stopGradient = (x: Tensor): Tensor => bind(stopGradientPrimitive, [x], null)[0]!
