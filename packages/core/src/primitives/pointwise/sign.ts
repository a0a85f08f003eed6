import type { Tensor } from '../../tensor/tensor.js'
import { bind } from '../../interpreters/currentInterpreter.js'
import { mul } from './arithmetic.js'
import { pointwise, sameDType } from './pointwise.js'
import type { Primitive } from '../../program/program.js'

/** |x|; slope sign x (0 at 0). */
export const absPrimitive: Primitive<null> = pointwise({
  name: 'abs',
  dtype: (ins) => sameDType('abs', ins),
  tangent: ([x], [dx]) => mul(dx as Tensor, sign(x!)),
  transpose: 'nonlinear',
  emit: (k, [x], _p, [out]) => [k.unary('abs', out!.dtype, x!)],
})

/** −1, 0 or 1; slope zero. */
export const signPrimitive: Primitive<null> = pointwise({
  name: 'sign',
  dtype: (ins) => sameDType('sign', ins),
  tangent: null,
  transpose: 'nonlinear',
  emit: (k, [x], _p, [out]) => [k.unary('sign', out!.dtype, x!)],
})

/** {@link absPrimitive} as a function. */
export const abs = (x: Tensor): Tensor => bind(absPrimitive, [x], null)[0]!
/** {@link signPrimitive} as a function. */
export const sign = (x: Tensor): Tensor => bind(signPrimitive, [x], null)[0]!
