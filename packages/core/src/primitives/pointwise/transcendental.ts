import { bind } from '../../interpreters/context.js'
import type { UnaryOp } from '../../plan/kernel.js'
import type { Primitive } from '../../program/program.js'
import type { Tensor } from '../../tensor/tensor.js'
import { div, mul, neg, scaleBy, sub } from './arithmetic.js'
import { floatDType, literal, pointwise } from './pointwise.js'

/** y = f(x) with ẏ = f′(x) ẋ; `slope` gives f′ from x and y. */
function unary(name: UnaryOp, tangent: (dx: Tensor, x: Tensor, y: Tensor) => Tensor): Primitive<null> {
  return pointwise({
    name,
    dtype: (ins) => floatDType(name, ins),
    tangent: ([x], [dx], y) => tangent(dx as Tensor, x!, y),
    transpose: 'nonlinear',
    emit: (k, [x], _p, [out]) => [k.unary(name, out!.dtype, x!)],
  })
}

/** eˣ; slope eˣ. */
export const expPrimitive = unary('exp', (dx, _x, y) => mul(dx, y))
/** ln x; slope 1/x. */
export const logPrimitive = unary('log', (dx, x) => div(dx, x))
/** √x; slope 1/(2√x). */
export const sqrtPrimitive = unary('sqrt', (dx, _x, y) => div(scaleBy(dx, 0.5), y))
/** sin x; slope cos x. */
export const sinPrimitive = unary('sin', (dx, x) => mul(dx, cos(x)))
/** cos x; slope −sin x. */
export const cosPrimitive = unary('cos', (dx, x) => neg(mul(dx, sin(x))))
/** tanh x; slope 1 − tanh² x. */
export const tanhPrimitive = unary('tanh', (dx, _x, y) => mul(dx, sub(literal(y, 1), mul(y, y))))
/** erf x; slope (2/√π) e^(−x²). */
export const erfPrimitive = unary('erf', (dx, x) => mul(dx, scaleBy(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI))))

/** The primitives as functions. */
export const exp = (x: Tensor): Tensor => bind(expPrimitive, [x], null)[0]!
export const log = (x: Tensor): Tensor => bind(logPrimitive, [x], null)[0]!
export const sin = (x: Tensor): Tensor => bind(sinPrimitive, [x], null)[0]!
export const cos = (x: Tensor): Tensor => bind(cosPrimitive, [x], null)[0]!
