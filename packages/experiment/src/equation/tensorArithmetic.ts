import * as core from '@spikeward/core'
import type { TensorLike } from '@spikeward/core'
import { numberArithmetic, unary, variadic } from '../prediction/arithmetic.js'
import type { Arithmetic } from '../prediction/arithmetic.js'

type Two = (a: TensorLike, b: TensorLike) => TensorLike

/** An operation of two operands: on the host while both are numbers, so that constants stay exact. */
const folded =
  (ofNumbers: (a: number, b: number) => number, ofTensors: Two): Two =>
  (a, b) =>
    typeof a === 'number' && typeof b === 'number' ? ofNumbers(a, b) : ofTensors(a, b)

const one =
  (name: string, ofTensor: (x: TensorLike) => TensorLike): ((x: TensorLike) => TensorLike) =>
  (x) =>
    typeof x === 'number' ? numberArithmetic.functions[name]!.apply(x) : ofTensor(x)

/** The largest whole exponent that is written as products, which are exact for bases of any sign. */
const MAX_FACTORS = 16

function power(a: TensorLike, b: TensorLike): TensorLike {
  if (typeof b !== 'number' || !Number.isInteger(b) || b < 0 || b > MAX_FACTORS) return core.pow(a, b)
  if (b === 0) return core.add(core.mul(a, 0), 1)
  return Array.from({ length: b - 1 }).reduce<TensorLike>((product) => core.mul(product, a), a)
}

const halved = (a: TensorLike, b: TensorLike): TensorLike => core.mul(core.add(a, b), 0.5)

/** Arithmetic of tensors, and of numbers among them. */
export const tensorArithmetic: Arithmetic<TensorLike> = {
  constant: (value) => value,
  negate: (a) => (typeof a === 'number' ? -a : core.neg(a)),
  power: folded((a, b) => a ** b, power),
  sums: { '+': folded((a, b) => a + b, core.add), '-': folded((a, b) => a - b, core.sub) },
  products: { '*': folded((a, b) => a * b, core.mul), '/': folded((a, b) => a / b, core.div) },
  functions: {
    sin: unary(one('sin', core.sin)),
    cos: unary(one('cos', core.cos)),
    tan: unary(one('tan', (x) => core.div(core.sin(x), core.cos(x)))),
    sinh: unary(one('sinh', (x) => halved(core.exp(x), core.neg(core.exp(core.neg(x)))))),
    cosh: unary(one('cosh', (x) => halved(core.exp(x), core.exp(core.neg(x))))),
    tanh: unary(one('tanh', core.tanh)),
    exp: unary(one('exp', core.exp)),
    log: unary(one('log', core.log)),
    sqrt: unary(one('sqrt', core.sqrt)),
    abs: unary(one('abs', core.abs)),
    sign: unary(one('sign', core.sign)),
    min: variadic((...xs) => xs.reduce(folded(Math.min, core.minimum))),
    max: variadic((...xs) => xs.reduce(folded(Math.max, core.maximum))),
  },
}
