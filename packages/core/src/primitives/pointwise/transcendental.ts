import { bind } from '../../interpreters/currentInterpreter.js'
import type { UnaryOp } from '../../plan/operations.js'
import type { Primitive } from '../../program/program.js'
import type { Tensor } from '../../tensor/tensor.js'
import { type Series, type Tangent, isZero } from '../../program/tangent.js'
import { add, addTangents, div, mul, neg, scaleBy, sub } from './arithmetic.js'
import { floatDType, literal, pointwise, zeroOf } from './pointwise.js'

/** y = f(x) with ẏ = f′(x) ẋ; `slope` gives f′ from x and y. */
function unary(
  name: UnaryOp,
  tangent: (dx: Tensor, x: Tensor, y: Tensor) => Tensor,
  series?: (x: Series) => Series,
): Primitive<null> {
  return pointwise({
    name,
    dtype: (ins) => floatDType(name, ins),
    tangent: ([x], [dx], y) => tangent(dx as Tensor, x!, y),
    ...(series === undefined ? {} : { series: ([x]) => series(x!) }),
    transpose: 'nonlinear',
    emit: (k, [x], _p, [out]) => [k.unary(name, out!.dtype, x!)],
  })
}

/** eˣ; slope eˣ. */
export const expPrimitive = unary(
  'exp',
  (dx, _x, y) => mul(dx, y),
  (x) => {
    const y: [Tensor, ...Tangent[]] = [exp(x[0])]
    for (let k = 1; k < x.length; k++) y.push(integrated(x, y, k))
    return y
  },
)
/** ln x; slope 1/x. */
export const logPrimitive = unary('log', (dx, x) => div(dx, x))
/** √x; slope 1/(2√x). */
export const sqrtPrimitive = unary('sqrt', (dx, _x, y) => div(scaleBy(dx, 0.5), y))
/** sin x; slope cos x. */
export const sinPrimitive = unary(
  'sin',
  (dx, x) => mul(dx, cos(x)),
  (x) => sineAndCosine(x)[0],
)
/** cos x; slope −sin x. */
export const cosPrimitive = unary(
  'cos',
  (dx, x) => neg(mul(dx, sin(x))),
  (x) => sineAndCosine(x)[1],
)
/** tanh x; slope 1 − tanh² x. */
export const tanhPrimitive = unary(
  'tanh',
  (dx, _x, y) => mul(dx, sub(literal(y, 1), mul(y, y))),
  (x) => {
    const y: [Tensor, ...Tangent[]] = [tanh(x[0])]
    const slope: [Tensor, ...Tangent[]] = [sub(literal(y[0], 1), mul(y[0], y[0]))]
    for (let k = 1; k < x.length; k++) {
      y.push(integrated(x, slope, k))
      if (k + 1 < x.length) slope.push(negative(convolved(y, y, k)))
    }
    return y
  },
)
/** erf x; slope (2/√π) e^(−x²). */
export const erfPrimitive = unary('erf', (dx, x) => mul(dx, scaleBy(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI))))

/** arctan x; slope 1/(1 + x²). */
export const arctanPrimitive = unary('arctan', (dx, x) => div(dx, add(literal(x, 1), mul(x, x))))

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

/** The primitives as functions. */
export const tanh = (x: Tensor): Tensor => bind(tanhPrimitive, [x], null)[0]!
export const exp = (x: Tensor): Tensor => bind(expPrimitive, [x], null)[0]!
export const log = (x: Tensor): Tensor => bind(logPrimitive, [x], null)[0]!
export const sin = (x: Tensor): Tensor => bind(sinPrimitive, [x], null)[0]!
export const cos = (x: Tensor): Tensor => bind(cosPrimitive, [x], null)[0]!
const pow = (x: Tensor, y: Tensor): Tensor => bind(powPrimitive, [x, y], null)[0]!

/** s′ = c x′ and c′ = −s x′. */
function sineAndCosine(x: Series): [Series, Series] {
  const s: [Tensor, ...Tangent[]] = [sin(x[0])]
  const c: [Tensor, ...Tangent[]] = [cos(x[0])]
  for (let k = 1; k < x.length; k++) {
    const next = integrated(x, c, k)
    c.push(negative(integrated(x, s, k)))
    s.push(next)
  }
  return [s, c]
}

/** Coefficient k of y with y′ = w x′: y_k = Σ_{j=1…k} (j/k) x_j w_{k−j}. */
function integrated(x: Series, w: Series, k: number): Tangent {
  let sum: Tangent = zeroOf(x[0])
  for (let j = 1; j <= k; j++) {
    const [left, right] = [x[j]!, w[k - j]!]
    if (isZero(left) || isZero(right)) continue
    const term = mul(left, right)
    sum = addTangents(sum, j === k ? term : scaleBy(term, j / k))
  }
  return sum
}

/** Σ_{j=0…k} a_j b_{k−j}. */
function convolved(a: Series, b: Series, k: number): Tangent {
  let sum: Tangent = zeroOf(a[0])
  for (let j = 0; j <= k; j++) {
    const [left, right] = [a[j]!, b[k - j]!]
    if (!isZero(left) && !isZero(right)) sum = addTangents(sum, mul(left, right))
  }
  return sum
}

const negative = (t: Tangent): Tangent => (isZero(t) ? t : neg(t))
