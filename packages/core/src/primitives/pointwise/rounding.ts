import type { Tensor } from '../../tensor/tensor.js'
import { bind } from '../../interpreters/currentInterpreter.js'
import { addTangents, div, mul, neg } from './arithmetic.js'
import { floatDType, pointwise, sameDType, zeroOf } from './pointwise.js'
import type { Primitive } from '../../program/program.js'
import { isZero } from '../../program/tangent.js'

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
const abs = (x: Tensor): Tensor => bind(absPrimitive, [x], null)[0]!
/** {@link signPrimitive} as a function. */
const sign = (x: Tensor): Tensor => bind(signPrimitive, [x], null)[0]!

/** Largest integer not above x; slope zero. */
export const floorPrimitive: Primitive<null> = pointwise({
  name: 'floor',
  dtype: (ins) => floatDType('floor', ins),
  tangent: null,
  transpose: 'nonlinear',
  emit: (k, [x], _p, [out]) => [k.unary('floor', out!.dtype, x!)],
})

/** x − y trunc(x/y), the remainder with the sign of x, as in C and JavaScript; its tangent is ẋ − trunc(x/y) ẏ. */
export const remPrimitive: Primitive<null> = pointwise({
  name: 'rem',
  dtype: (ins) => sameDType('rem', ins),
  tangent([x, y], [dx, dy], z) {
    const q = div(x!, y!)
    const whole = mul(sign(q), floor(abs(q)))
    return addTangents(isZero(dx!) ? zeroOf(z) : dx!, isZero(dy!) ? zeroOf(z) : neg(mul(whole, dy!)))
  },
  transpose: 'nonlinear',
  emit: (k, [x, y], _p, [out]) => [k.binary('rem', out!.dtype, x!, y!)],
})

/** {@link floorPrimitive} as a function. */
export const floor = (x: Tensor): Tensor => bind(floorPrimitive, [x], null)[0]!
