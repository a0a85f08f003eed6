import { bind } from '../../interpreters/currentInterpreter.js'
import type { Primitive } from '../../program/program.js'
import type { Tensor } from '../../tensor/tensor.js'
import { pointwise } from './pointwise.js'

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
