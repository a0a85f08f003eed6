import * as core from '@spikeward/core'
import type { TensorLike } from '@spikeward/core'

export type Callable<T> = { readonly apply: (...args: T[]) => T; readonly least: number; readonly most: number }

export type Arithmetic<T> = {
  readonly constant: (value: number) => T
  readonly negate: (a: T) => T
  readonly power: (a: T, b: T) => T
  readonly sums: Readonly<Record<string, (a: T, b: T) => T>>
  readonly products: Readonly<Record<string, (a: T, b: T) => T>>
  readonly functions: Readonly<Record<string, Callable<T>>>
}

export const unary = <T>(apply: (x: T) => T): Callable<T> => ({ apply, least: 1, most: 1 })

export const variadic = <T>(apply: (...xs: T[]) => T): Callable<T> => ({ apply, least: 1, most: 64 })

/** Arithmetic of numbers. */
export const numberArithmetic: Arithmetic<number> = {
  constant: (value) => value,
  negate: (a) => -a,
  power: (a, b) => a ** b,
  sums: { '+': (a, b) => a + b, '-': (a, b) => a - b },
  products: { '*': (a, b) => a * b, '/': (a, b) => a / b },
  functions: {
    sin: unary(Math.sin),
    cos: unary(Math.cos),
    tan: unary(Math.tan),
    sinh: unary(Math.sinh),
    cosh: unary(Math.cosh),
    tanh: unary(Math.tanh),
    exp: unary(Math.exp),
    log: unary(Math.log),
    sqrt: unary(Math.sqrt),
    abs: unary(Math.abs),
    sign: unary(Math.sign),
    min: variadic(Math.min),
    max: variadic(Math.max),
  },
}

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
