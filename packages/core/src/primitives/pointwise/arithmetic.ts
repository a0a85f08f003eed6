import { bind } from '../../interpreters/currentInterpreter.js'
import type { Primitive } from '../../program/program.js'
import { type Series, type SeriesRecurrence, type Tangent, isZero } from '../../program/tangent.js'
import type { Tensor } from '../../tensor/tensor.js'
import { le } from './logic.js'
import { literal, pointwise, sameDType, zeroOf } from './pointwise.js'
import { select } from './select.js'

/** −x. Linear. */
export const negPrimitive: Primitive<null> = pointwise({
  name: 'neg',
  dtype: (ins) => sameDType('neg', ins),
  tangent: (_x, [dx]) => negTangent(dx!),
  series: 'linear',
  transpose: ([ct], [x]) => ['known' in x! ? null : negTangent(ct!)],
  emit: (k, [x], _p, [out]) => [k.unary('neg', out!.dtype, x!)],
})

/** x + y; (x + y)˙ = ẋ + ẏ. Linear. */
export const addPrimitive: Primitive<null> = pointwise({
  name: 'add',
  dtype: (ins) => sameDType('add', ins),
  tangent: (_x, [dx, dy], z) => addTangents(like(dx!, z), like(dy!, z)),
  series: 'linear',
  transpose: ([ct], [x, y]) => ['known' in x! ? null : ct!, 'known' in y! ? null : ct!],
  emit: (k, [x, y], _p, [out]) => [k.binary('add', out!.dtype, x!, y!)],
})

/** x − y. Linear. */
export const subPrimitive: Primitive<null> = pointwise({
  name: 'sub',
  dtype: (ins) => sameDType('sub', ins),
  tangent(_x, [dx, dy], z) {
    if (isZero(dy!)) return like(dx!, z)
    return isZero(dx!) ? neg(dy!) : sub(dx!, dy!)
  },
  series: 'linear',
  transpose: ([ct], [x, y]) => ['known' in x! ? null : ct!, 'known' in y! ? null : negTangent(ct!)],
  emit: (k, [x, y], _p, [out]) => [k.binary('sub', out!.dtype, x!, y!)],
})

/** x · y; (x y)˙ = ẋ y + x ẏ. Linear in each operand; binary where both are. */
export const mulPrimitive: Primitive<null> = pointwise({
  name: 'mul',
  dtype: (ins) => sameDType('mul', ins),
  binary: ([x, y]) => x!.binary && y!.binary,
  tangent([x, y], [dx, dy], z) {
    const left: Tangent = isZero(dx!) ? zeroOf(z) : mul(dx!, y!)
    const right: Tangent = isZero(dy!) ? zeroOf(z) : mul(x!, dy!)
    return addTangents(left, right)
  },
  series: (operands, p) => bilinear(mul)(operands, p),
  transpose: ([ct], [x, y]) => [
    'known' in x! ? null : isZero(ct!) ? { zero: x!.linear } : mul(ct!, known(y!)),
    'known' in y! ? null : isZero(ct!) ? { zero: y!.linear } : mul(ct!, known(x!)),
  ],
  emit: (k, [x, y], _p, [out]) => [k.binary('mul', out!.dtype, x!, y!)],
})

/** x / y; (x/y)˙ = (ẋ − (x/y) ẏ)/y. Linear in x. Integer division truncates, and by zero gives 0. */
export const divPrimitive: Primitive<null> = pointwise({
  name: 'div',
  dtype: (ins) => sameDType('div', ins),
  tangent([, y], [dx, dy], z) {
    if (isZero(dy!)) return div(dx as Tensor, y!)
    const back = mul(z, dy!)
    return div(isZero(dx!) ? neg(back) : sub(dx!, back), y!)
  },
  series: ([x, y]) => quotient(x!, y!),
  transpose: ([ct], [x, y]) => ['known' in x! ? null : isZero(ct!) ? { zero: x!.linear } : div(ct!, known(y!)), null],
  emit: (k, [x, y], _p, [out]) => [k.binary('div', out!.dtype, x!, y!)],
})

/** Operations on operands of equal shape (or scalars), for use in rules. */
export const neg = (x: Tensor): Tensor => bind(negPrimitive, [x], null)[0]!
export const add = (x: Tensor, y: Tensor): Tensor => bind(addPrimitive, [x, y], null)[0]!
export const sub = (x: Tensor, y: Tensor): Tensor => bind(subPrimitive, [x, y], null)[0]!
export const mul = (x: Tensor, y: Tensor): Tensor => bind(mulPrimitive, [x, y], null)[0]!
export const div = (x: Tensor, y: Tensor): Tensor => bind(divPrimitive, [x, y], null)[0]!
export const scaleBy = (x: Tensor, factor: number): Tensor => mul(x, literal(x, factor))

/** The sum of two tangents, of which either may be Zero. */
export const addTangents = (a: Tangent, b: Tangent): Tangent => (isZero(a) ? b : isZero(b) ? a : add(a, b))

const negTangent = (t: Tangent): Tangent => (isZero(t) ? t : neg(t))

/** The tangent of a sum's operand; a Zero takes the shape of the result, since the operand may be a scalar literal. */
const like = (t: Tangent, z: Tensor): Tangent => (isZero(t) ? zeroOf(z) : t)

const known = (x: { readonly known: Tensor } | { readonly linear: unknown }): Tensor =>
  (x as { readonly known: Tensor }).known

/** y = a/b from a = y b: y_k = (a_k − Σ_{j<k} y_j b_{k−j}) / b₀. */
function quotient(a: Series, b: Series): Series {
  const y: [Tensor, ...Tangent[]] = [div(a[0], b[0])]
  for (let k = 1; k < a.length; k++) {
    const back = y.map((earlier, j) => product(earlier, b[k - j]!)).reduce(addTangents)
    const term = a[k]!
    const rest = isZero(back) ? term : isZero(term) ? neg(back) : sub(term, back)
    y.push(isZero(rest) ? zeroOf(y[0]) : div(rest, b[0]))
  }
  return y
}

/** The product of two tangents, of which either may be Zero. */
const product = (a: Tangent, b: Tangent): Tangent => (isZero(a) ? a : isZero(b) ? b : mul(a, b))

/** The rule of an operation that is linear in each of two operands: y_k = Σ_i a_i b_{k−i}. */
export const bilinear =
  <P>(op: (a: Tensor, b: Tensor, p: P) => Tensor): SeriesRecurrence<P> =>
  ([a, b], p) => {
    const first = op(a![0], b![0], p)
    const y: [Tensor, ...Tangent[]] = [first]
    for (let k = 1; k < a!.length; k++) {
      let sum: Tangent = zeroOf(first)
      for (let i = 0; i <= k; i++) {
        const [left, right] = [a![i]!, b![k - i]!]
        if (!isZero(left) && !isZero(right)) sum = addTangents(sum, op(left, right, p))
      }
      y.push(sum)
    }
    return y
  }

/**
 * max(x, y) and min(x, y). The tangent is that of the operand chosen, of x at a tie. Binary where both operands are.
 */
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
/** The larger of two operands. */
export const maxPrimitive = extremum('max')
/** The smaller of two operands. */
export const minPrimitive = extremum('min')
