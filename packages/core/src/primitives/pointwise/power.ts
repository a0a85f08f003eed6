import type { Tensor } from '../../tensor/tensor.js'
import { bind } from '../../interpreters/currentInterpreter.js'
import { addTangents, mul, sub } from './arithmetic.js'
import { floatDType, literal, pointwise, zeroOf } from './pointwise.js'
import { log } from './transcendental.js'
import type { Primitive } from '../../program/program.js'
import { isZero } from '../../program/tangent.js'
import type { Tangent } from '../../program/tangent.js'

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

/** {@link powPrimitive} as a function. */
export const pow = (x: Tensor, y: Tensor): Tensor => bind(powPrimitive, [x, y], null)[0]!
