import { bind } from '../interpreters/context.js'
import type { Primitive } from '../program/program.js'
import type { Tangent } from '../program/tangent.js'
import { isZero } from '../program/tangent.js'
import type { Tensor } from '../tensor/tensor.js'
import { addTangents, div, mul, neg, sub } from './arithmetic.js'
import { le, select } from './logic.js'
import { floatDType, literal, pointwise, sameDType, zeroOf } from './pointwise.js'
import { log } from './transcendental.js'

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

/** Largest integer not above x; slope zero. */
export const floorPrimitive: Primitive<null> = pointwise({
  name: 'floor',
  dtype: (ins) => floatDType('floor', ins),
  tangent: null,
  transpose: 'nonlinear',
  emit: (k, [x], _p, [out]) => [k.unary('floor', out!.dtype, x!)],
})

/** max(x, y) and min(x, y): the tangent of the one that wins, of x at a tie. Binary where both are. */
function extremum(name: 'max' | 'min'): Primitive<null> {
  return pointwise({
    name,
    dtype: (ins) => sameDType(name, ins),
    binary: ([x, y]) => x!.binary && y!.binary,
    tangent([x, y], [dx, dy], z) {
      if (isZero(dx!) && isZero(dy!)) return zeroOf(z)
      const wins = name === 'max' ? le(y!, x!) : le(x!, y!)
      const side = (t: Tangent): Tensor => (isZero(t) ? literal(z, 0) : t)
      return select(wins, side(dx!), side(dy!))
    },
    transpose: 'nonlinear',
    emit: (k, [x, y], _p, [out]) => [k.binary(name, out!.dtype, x!, y!)],
  })
}
export const maxPrimitive = extremum('max')
export const minPrimitive = extremum('min')

/** Remainder with the sign of x, as in C and JavaScript; ẋ passes, ẏ times −trunc(x/y). */
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

/** xʸ; (xʸ)˙ = y x^(y−1) ẋ + xʸ ln x ẏ. */
export const powPrimitive: Primitive<null> = pointwise({
  name: 'pow',
  dtype: (ins) => floatDType('pow', ins),
  tangent([x, y], [dx, dy], z) {
    const left: Tangent = isZero(dx!) ? zeroOf(z) : mul(dx!, mul(y!, pow(x!, sub(y!, literal(y!, 1)))))
    const right: Tangent = isZero(dy!) ? zeroOf(z) : mul(dy!, mul(z, log(x!)))
    return addTangents(left, right)
  },
  transpose: 'nonlinear',
  emit: (k, [x, y], _p, [out]) => [k.binary('pow', out!.dtype, x!, y!)],
})

/** Operations as functions. */
export const abs = (x: Tensor): Tensor => bind(absPrimitive, [x], null)[0]!
export const sign = (x: Tensor): Tensor => bind(signPrimitive, [x], null)[0]!
export const floor = (x: Tensor): Tensor => bind(floorPrimitive, [x], null)[0]!
export const pow = (x: Tensor, y: Tensor): Tensor => bind(powPrimitive, [x, y], null)[0]!
