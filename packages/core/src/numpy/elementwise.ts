import { bind } from '../interpreters/currentInterpreter.js'
import { type DType, checkDtype } from '../tensor/dtype.js'
import { absPrimitive, floorPrimitive, remPrimitive, signPrimitive } from '../primitives/pointwise/rounding.js'
import {
  addPrimitive,
  divPrimitive,
  maxPrimitive,
  minPrimitive,
  mulPrimitive,
  negPrimitive,
  subPrimitive,
} from '../primitives/pointwise/arithmetic.js'
import * as logic from '../primitives/pointwise/logic.js'
import { cast as castTo } from '../primitives/pointwise/cast.js'
import { selectPrimitive } from '../primitives/pointwise/select.js'
import * as smooth from '../primitives/pointwise/transcendental.js'
import type { Primitive } from '../program/program.js'
import type { Tensor, TensorLike } from '../tensor/tensor.js'
import { alignOperands, asTensor } from './broadcasting.js'

const one = (p: Primitive<null>, x: TensorLike, name: string = p.name): Tensor =>
  bind(p, [asTensor(x, 'f32', name)], null)[0]!
const two = (p: Primitive<null>, name: string, x: TensorLike, y: TensorLike): Tensor =>
  bind(p, alignOperands(name, [x, y]), null)[0]!

/** −x. */
export const neg = (x: TensorLike): Tensor => one(negPrimitive, x)
/** |x|; derivative 0 at 0. */
export const abs = (x: TensorLike): Tensor => one(absPrimitive, x)
/** −1, 0 or 1. */
export const sign = (x: TensorLike): Tensor => one(signPrimitive, x)
/** Largest integer not above x. */
export const floor = (x: TensorLike): Tensor => one(floorPrimitive, x)
/** eˣ. */
export const exp = (x: TensorLike): Tensor => one(smooth.expPrimitive, x)
/** Natural logarithm. */
export const log = (x: TensorLike): Tensor => one(smooth.logPrimitive, x)
/** √x. */
export const sqrt = (x: TensorLike): Tensor => one(smooth.sqrtPrimitive, x)
/** sin x, x in radians. */
export const sin = (x: TensorLike): Tensor => one(smooth.sinPrimitive, x)
/** cos x, x in radians. */
export const cos = (x: TensorLike): Tensor => one(smooth.cosPrimitive, x)
/** Hyperbolic tangent. */
export const tanh = (x: TensorLike): Tensor => one(smooth.tanhPrimitive, x)
/** Error function (2/√π) ∫₀ˣ e^(−t²) dt. */
export const erf = (x: TensorLike): Tensor => one(smooth.erfPrimitive, x)
/** Arctangent, from −π/2 to π/2. */
export const arctan = (x: TensorLike): Tensor => one(smooth.arctanPrimitive, x)
/** Negation of a bool. */
export const logicalNot = (x: TensorLike): Tensor => one(logic.notPrimitive, x, 'logicalNot')

/** x + y, broadcast as in NumPy. */
export const add = (x: TensorLike, y: TensorLike): Tensor => two(addPrimitive, 'add', x, y)
/** x − y. */
export const sub = (x: TensorLike, y: TensorLike): Tensor => two(subPrimitive, 'sub', x, y)
/** x · y, element by element. */
export const mul = (x: TensorLike, y: TensorLike): Tensor => two(mulPrimitive, 'mul', x, y)
/** x / y; integer division truncates toward 0, and by zero gives 0. */
export const div = (x: TensorLike, y: TensorLike): Tensor => two(divPrimitive, 'div', x, y)
/** Remainder with the sign of x, as `%`. */
export const rem = (x: TensorLike, y: TensorLike): Tensor => two(remPrimitive, 'rem', x, y)
/**
 * xʸ, floats only, as IEEE 754 and NumPy define it on every backend: pow(x, ±0) = pow(1, y) = 1 also for NaN, and
 * pow(−1, ±∞) = 1, where JavaScript's `**` gives NaN for the last two; NaN for x < 0 and a fractional y.
 */
export const pow = (x: TensorLike, y: TensorLike): Tensor => two(smooth.powPrimitive, 'pow', x, y)
/** The larger of x and y; NaN if either is NaN; at a tie the derivative is that of x. */
export const maximum = (x: TensorLike, y: TensorLike): Tensor => two(maxPrimitive, 'maximum', x, y)
/** The smaller of x and y; NaN if either is NaN; at a tie the derivative is that of x. */
export const minimum = (x: TensorLike, y: TensorLike): Tensor => two(minPrimitive, 'minimum', x, y)

/** x < y. */
export const less = (x: TensorLike, y: TensorLike): Tensor => two(logic.ltPrimitive, 'less', x, y)
/** x ≤ y. */
export const lessEqual = (x: TensorLike, y: TensorLike): Tensor => two(logic.lePrimitive, 'lessEqual', x, y)
/** x > y. */
export const greater = (x: TensorLike, y: TensorLike): Tensor => two(logic.ltPrimitive, 'greater', y, x)
/** x ≥ y. */
export const greaterEqual = (x: TensorLike, y: TensorLike): Tensor => two(logic.lePrimitive, 'greaterEqual', y, x)
/** x = y. */
export const equal = (x: TensorLike, y: TensorLike): Tensor => two(logic.eqPrimitive, 'equal', x, y)
/** x ≠ y. */
export const notEqual = (x: TensorLike, y: TensorLike): Tensor => two(logic.nePrimitive, 'notEqual', x, y)
/** x ∧ y; bitwise on integers. */
export const logicalAnd = (x: TensorLike, y: TensorLike): Tensor => two(logic.andPrimitive, 'logicalAnd', x, y)
/** x ∨ y; bitwise on integers. */
export const logicalOr = (x: TensorLike, y: TensorLike): Tensor => two(logic.orPrimitive, 'logicalOr', x, y)
/** Exclusive or; bitwise on integers. */
export const logicalXor = (x: TensorLike, y: TensorLike): Tensor => two(logic.xorPrimitive, 'logicalXor', x, y)
/** ⌊x / 2ʸ⌋ for whole numbers, y from 0 to 31: an arithmetic shift of i32, a logical one of u32. */
export const shiftRight = (x: TensorLike, y: TensorLike): Tensor => two(logic.shiftRightPrimitive, 'shiftRight', x, y)

/** x². */
export const square = (x: TensorLike): Tensor => mul(x, x)
/** 1/x. */
export const reciprocal = (x: TensorLike): Tensor => div(1, x)
/** 1/(1 + e^(−x)), written with tanh so that it never overflows. */
export const sigmoid = (x: TensorLike): Tensor => add(mul(0.5, tanh(mul(0.5, x))), 0.5)
/**
 * The angle of the point (x, y) from the x axis, from −π to π; 0 at the origin, where its derivative is that of y. For
 * finite x and y; the sign of a zero does not count.
 */
export function arctan2(y: TensorLike, x: TensorLike): Tensor {
  const [b, a] = alignOperands('arctan2', [y, x]) as [Tensor, Tensor]
  const steep = greater(abs(b), abs(a))
  const longer = where(steep, b, a)
  const angle = arctan(div(where(steep, a, b), where(equal(longer, 0), 1, longer)))
  const turned = (x: Tensor, turn: number): Tensor => where(less(b, 0), sub(x, turn), add(x, turn))
  return where(steep, turned(neg(angle), Math.PI / 2), where(less(a, 0), turned(angle, Math.PI), angle))
}
/** max(x, 0); derivative 0 at 0 and below. */
export const relu = (x: TensorLike): Tensor => where(greater(x, 0), x, 0)

/** Converts the element type; float to integer truncates toward 0, to bool is ≠ 0. */
export function cast(x: Tensor, dtype: DType): Tensor {
  checkDtype(dtype)
  return castTo(x, dtype)
}

/** condition ? x : y, element by element; both sides are computed. */
export function where(condition: Tensor, x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = alignOperands('where', [x, y])
  const [c, ...sides] = alignOperands('where', [condition, a!, b!])
  return bind(selectPrimitive, [c!, ...sides], null)[0]!
}

/** x clamped to [low, high]. */
export const clip = (x: TensorLike, low: TensorLike, high: TensorLike): Tensor => minimum(maximum(x, low), high)
