import type { DType, RealFunction } from '@spikeward/core/backend'
import type { FunctionRef } from '../wasm/code.js'
import type { ModuleBuilder } from '../wasm/module.js'
import { defineErf } from './defineErf.js'
import type { KernelGraph } from './kernelGraph.js'

/**
 * Transcendental functions of f32 as graphs of basic operations, which run four lanes at a time without a call.
 * Coefficients are minimax fits (Lawson's iteration on Chebyshev nodes, weighted for relative error), rounded to f32.
 * The package's README lists their errors against double precision. NaN propagates; exp, log, sin, tanh and erf handle
 * subnormal arguments.
 */
interface F32 {
  readonly c: (x: number) => number
  readonly add: (x: number, y: number) => number
  readonly sub: (x: number, y: number) => number
  readonly mul: (x: number, y: number) => number
  readonly div: (x: number, y: number) => number
  readonly madd: (x: number, y: number, z: number) => number
  readonly abs: (x: number) => number
  readonly lt: (x: number, y: number) => number
  readonly select: (when: number, x: number, y: number) => number
}

function f32(g: KernelGraph): F32 {
  return {
    c: (x) => g.constant('f32', x),
    add: (x, y) => g.op('add', 'f32', x, y),
    sub: (x, y) => g.op('sub', 'f32', x, y),
    mul: (x, y) => g.op('mul', 'f32', x, y),
    div: (x, y) => g.op('div', 'f32', x, y),
    madd: (x, y, z) => g.op('madd', 'f32', x, y, z),
    abs: (x) => g.op('abs', 'f32', x),
    lt: (x, y) => g.op('lt', 'bool', x, y),
    select: (when, x, y) => g.op('select', 'f32', when, x, y),
  }
}

/** coefficients[0] + x (coefficients[1] + x ( … )), by Horner's rule. */
function polynomial(g: KernelGraph, x: number, coefficients: readonly number[]): number {
  const { c, madd } = f32(g)
  return coefficients.slice(0, -1).reduceRight((p, a) => madd(p, x, c(a)), c(coefficients.at(-1)!))
}

/** The sign of `of` on the magnitude `x`, which is not negative. */
function copySign(g: KernelGraph, x: number, of: number): number {
  const bits = (v: number): number => g.op('bitcast', 'u32', v)
  const sign = g.op('and', 'u32', bits(of), g.constant('u32', 0x80000000))
  return g.op('bitcast', 'f32', g.op('or', 'u32', bits(x), sign))
}

/** 2ⁿ for an integer-valued float −126 ≤ n ≤ 127, by writing its exponent. */
function powerOfTwo(g: KernelGraph, n: number): number {
  const biased = g.op('add', 'i32', g.op('cast', 'i32', n), g.constant('i32', 127))
  return g.op('bitcast', 'f32', g.op('shiftLeft', 'i32', biased, g.constant('i32', 23)))
}

/** x·2ⁿ in two steps, so that subnormal results and infinity need only exponents of `powerOfTwo`. */
function scale(g: KernelGraph, x: number, n: number): number {
  const { c, mul, sub } = f32(g)
  const half = g.op('trunc', 'f32', mul(n, c(0.5)))
  return mul(mul(x, powerOfTwo(g, half)), powerOfTwo(g, sub(n, half)))
}

/** eʳ for |r| ≤ ½ ln 2. */
function expReduced(g: KernelGraph, r: number): number {
  const { c, madd, mul, add } = f32(g)
  const p = polynomial(g, r, [0.5, 0.166665182, 0.041666206, 0.00836891774, 0.00139505393])
  return add(madd(mul(r, r), p, r), c(1))
}

/** eˣ = 2ⁿ eʳ with n = round(x / ln 2) and r = x − n ln 2, ln 2 in two parts. */
function exp(g: KernelGraph, x: number): number {
  const { c, mul, madd } = f32(g)
  const clamped = g.op('pmin', 'f32', g.op('pmax', 'f32', x, c(-104)), c(89))
  const n = g.op('nearest', 'f32', mul(clamped, c(Math.LOG2E)))
  const r = madd(n, c(2.1219444e-4), madd(n, c(-0.693359375), clamped))
  return scale(g, expReduced(g, r), n)
}

/** Splits x > 0 into m in [√½, √2) and an integer e with x = m·2ᵉ; subnormal x are scaled up first. */
function fraction(g: KernelGraph, x: number): { m: number; e: number } {
  const { c, mul, sub, lt, select } = f32(g)
  const tiny = lt(x, c(1.17549435e-38))
  const bits = g.op('bitcast', 'i32', select(tiny, mul(x, c(8388608)), x))
  // Subtracting the bits of √½ first rounds the exponent such that m lies in [√½, √2).
  const shifted = g.op('sub', 'i32', bits, g.constant('i32', 0x3f3504f3))
  const exponent = g.op('cast', 'f32', g.op('shiftRight', 'i32', shifted, g.constant('i32', 23)))
  const mantissa = g.op('and', 'i32', shifted, g.constant('i32', 0x7fffff))
  return {
    m: g.op('bitcast', 'f32', g.op('add', 'i32', mantissa, g.constant('i32', 0x3f3504f3))),
    e: sub(exponent, select(tiny, c(23), c(0))),
  }
}

/** ln x = e ln 2 + ln(1 + f), f = m − 1, with ln(1 + f) = f − f²/2 + f³ P(f). */
function log(g: KernelGraph, x: number): number {
  const { c, add, sub, mul, madd, lt, select } = f32(g)
  const { m, e } = fraction(g, x)
  const f = sub(m, c(1))
  const p = polynomial(
    g,
    f,
    [
      0.333333135, -0.250000089, 0.200021192, -0.166679963, 0.142195508, -0.124055922, 0.118881777, -0.116756387,
      0.0674659163,
    ],
  )
  const square = mul(f, f)
  const tail = madd(mul(square, f), p, mul(square, c(-0.5)))
  const value = madd(e, c(0.693359375), add(madd(e, c(-2.1219444e-4), tail), f))
  const positive = select(lt(x, c(Infinity)), value, x)
  const zero = g.op('eq', 'bool', x, c(0))
  return select(zero, c(-Infinity), select(lt(x, c(0)), c(NaN), positive))
}

/**
 * x − q π/2 in double precision, for q = round(2x/π); π/2 in two parts, so that q·first part is exact up to |q| < 2²⁴.
 * q is rounded in single precision, so that from |x| = 8·10⁶ on the remainder may be large: it is cut off at ±1.5,
 * where both polynomials are below 1.
 */
function reduceQuarter(g: KernelGraph, x: number): { r: number; q: number } {
  const { c, mul } = f32(g)
  const q = g.op('nearest', 'f32', mul(x, c(2 / Math.PI)))
  const wide = (v: number): number => g.op('cast', 'f64', v)
  const d = (v: number): number => g.constant('f64', v)
  const first = g.op('sub', 'f64', wide(x), g.op('mul', 'f64', wide(q), d(1.5707963109016418)))
  const r = g.op('sub', 'f64', first, g.op('mul', 'f64', wide(q), d(1.5893254712295857e-8)))
  const least = g.op('max', 'f32', g.op('cast', 'f32', r), c(-1.5))
  return { r: g.op('min', 'f32', least, c(1.5)), q: g.op('cast', 'i32', q) }
}

/**
 * sin and cos from their polynomials on |r| ≤ π/4, chosen and signed by the quarter turn; shift = 0 for sin, 1 for cos.
 */
function sinusoid(g: KernelGraph, x: number, shift: number): number {
  const { c, mul, madd } = f32(g)
  const int = (v: number): number => g.constant('i32', v)
  const { r, q } = reduceQuarter(g, x)
  const z = mul(r, r)
  const sine = madd(mul(z, r), polynomial(g, z, [-0.166666672, 0.00833332911, -0.000198393303, 2.71827457e-6]), r)
  const cosine = madd(
    mul(z, z),
    polynomial(g, z, [0.0416666456, -0.00138873642, 2.44380881e-5]),
    madd(z, c(-0.5), c(1)),
  )
  const quarter = g.op('add', 'i32', q, int(shift))
  const odd = g.op('ne', 'bool', g.op('and', 'i32', quarter, int(1)), int(0))
  const value = g.op('bitcast', 'i32', g.op('select', 'f32', odd, cosine, sine))
  const sign = g.op('shiftLeft', 'i32', g.op('and', 'i32', quarter, int(2)), int(30))
  return g.op('bitcast', 'f32', g.op('xor', 'i32', value, sign))
}

const sin = (g: KernelGraph, x: number): number => sinusoid(g, x, 0)
const cos = (g: KernelGraph, x: number): number => sinusoid(g, x, 1)

/** Below 0.625 an odd polynomial, where 1 − 2/(e²ˣ + 1) would cancel. */
function tanh(g: KernelGraph, x: number): number {
  const { c, add, sub, mul, div, madd, abs, lt, select } = f32(g)
  const a = abs(x)
  const z = mul(a, a)
  const small = madd(
    mul(z, a),
    polynomial(g, z, [-0.333332837, 0.133314908, -0.0537434965, 0.0206505861, -0.0057170447]),
    a,
  )
  const large = sub(c(1), div(c(2), add(exp(g, add(a, a)), c(1))))
  return copySign(g, select(lt(a, c(0.625)), small, large), x)
}

/** |x| < 1: x P(x²). Beyond: 1 − e^(−x²) Q(t) with t = 2 / (2 + |x|); from 4 on it is 1. */
function erf(g: KernelGraph, x: number): number {
  const { c, add, sub, mul, div, abs, lt, select } = f32(g)
  const a = g.op('pmin', 'f32', abs(x), c(4))
  const z = mul(a, a)
  const small = mul(
    x,
    polynomial(
      g,
      z,
      [1.12837911, -0.37612626, 0.112836003, -0.0268544443, 0.00518953567, -0.000802084222, 7.88912294e-5],
    ),
  )
  const t = div(c(2), add(a, c(2)))
  const q = polynomial(
    g,
    t,
    [0.0020736549, 0.257079124, 0.408166647, -0.0906571522, 0.670547664, -0.254087538, 0.00665267464],
  )
  const large = sub(c(1), mul(exp(g, g.op('neg', 'f32', z)), q))
  return select(lt(a, c(1)), small, copySign(g, large, x))
}

/** |x| ≤ 1: q + q³ P(q²) with q = |x|. Beyond: π/2 minus this with q = 1/|x|. */
function arctan(g: KernelGraph, x: number): number {
  const { c, sub, mul, div, madd, abs, lt, select } = f32(g)
  const a = abs(x)
  const beyond = lt(c(1), a)
  const q = select(beyond, div(c(1), a), a)
  const z = mul(q, q)
  const p = polynomial(
    g,
    z,
    [
      -0.333332986, 0.199985489, -0.142642424, 0.109521858, -0.08403451, 0.0579576008, -0.0311778504, 0.0109146088,
      -0.00179362227,
    ],
  )
  const near = madd(mul(p, z), q, q)
  return copySign(g, select(beyond, sub(c(Math.PI / 2), near), near), x)
}

/** x % y: x − y trunc(x/y) in double precision; exact while |x/y| < 2²⁹, coarse beyond. */
export function rem(g: KernelGraph, x: number, y: number): number {
  const wide = (v: number): number => g.op('cast', 'f64', v)
  const quotient = g.op('trunc', 'f64', g.op('div', 'f64', wide(x), wide(y)))
  const rest = g.op('cast', 'f32', g.op('sub', 'f64', wide(x), g.op('mul', 'f64', quotient, wide(y))))
  const { c, abs, lt, select } = f32(g)
  const finite = lt(abs(x), c(Infinity))
  const infiniteDivisor = g.op('and', 'bool', g.op('eq', 'bool', abs(y), c(Infinity)), finite)
  return select(infiniteDivisor, x, copySign(g, abs(rest), x))
}

/** |x|ʸ = 2^(y log₂|x|), the logarithm and the product in double precision; signs and limits as in IEEE 754. */
function pow(g: KernelGraph, x: number, y: number): number {
  const { c, mul, abs, lt, select } = f32(g)
  const wide = (v: number): number => g.op('cast', 'f64', v)
  const d = (v: number): number => g.constant('f64', v)
  const dop = (op: 'add' | 'sub' | 'mul' | 'div', p: number, q: number): number => g.op(op, 'f64', p, q)
  const magnitude = abs(x)
  const { m, e } = fraction(g, magnitude)
  // log₂ m = (2/ln 2) artanh s, s = (m − 1)/(m + 1): an odd series in |s| ≤ 0.172.
  const s = dop('div', dop('sub', wide(m), d(1)), dop('add', wide(m), d(1)))
  const z = dop('mul', s, s)
  const series = [17, 15, 13, 11, 9, 7, 5, 3, 1]
    .map((k) => d(2 / Math.LN2 / k))
    .reduce((p, k) => dop('add', dop('mul', p, z), k))
  const exact = dop('add', wide(e), dop('mul', s, series))
  const is = (v: number, k: number): number => g.op('eq', 'bool', v, c(k))
  const log2 = g.op(
    'select',
    'f64',
    is(magnitude, 0),
    d(-Infinity),
    g.op('select', 'f64', is(magnitude, Infinity), d(Infinity), exact),
  )
  const exponent = g.op('pmin', 'f64', g.op('pmax', 'f64', dop('mul', wide(y), log2), d(-160)), d(130))
  const n = g.op('nearest', 'f64', exponent)
  const r = g.op('cast', 'f32', dop('mul', dop('sub', exponent, n), d(Math.LN2)))
  const value = scale(g, expReduced(g, r), g.op('cast', 'f32', n))

  // Negative bases: real for whole exponents only, negative for odd ones.
  const whole = g.op('eq', 'bool', g.op('trunc', 'f32', y), y)
  const half = mul(y, c(0.5))
  const odd = g.op('and', 'bool', whole, g.op('ne', 'bool', g.op('trunc', 'f32', half), half))
  const negative = g.op('lt', 'bool', g.op('bitcast', 'i32', x), g.constant('i32', 0))
  const signed = select(g.op('and', 'bool', negative, odd), g.op('neg', 'f32', value), value)
  const finiteNegative = g.op('and', 'bool', lt(x, c(0)), lt(magnitude, c(Infinity)))
  const impossible = g.op('and', 'bool', finiteNegative, g.op('not', 'bool', whole))
  const nan = g.op('or', 'bool', impossible, g.op('or', 'bool', g.op('ne', 'bool', x, x), g.op('ne', 'bool', y, y)))
  const infinite = g.op('eq', 'bool', abs(y), c(Infinity))
  const ones = g.op('or', 'bool', is(x, 1), g.op('and', 'bool', is(x, -1), infinite))
  return select(g.op('or', 'bool', is(y, 0), ones), c(1), select(nan, c(NaN), signed))
}

/** Powers with small integer exponents, which products give more exactly and much faster; null: others. */
function powerByProducts(g: KernelGraph, dtype: DType, x: number, y: number): number | null {
  const exponent = g.nodes[y]!
  if (exponent.op !== 'const') return null
  if (exponent.value === 1) return x
  if (exponent.value === 2) return g.op('mul', dtype, x, x)
  if (exponent.value === 3) return g.op('mul', dtype, g.op('mul', dtype, x, x), x)
  return exponent.value === -1 ? g.op('div', dtype, g.constant(dtype, 1), x) : null
}

/** `Math.pow` of f64, but pow(1, y) = pow(−1, ±∞) = 1 as in IEEE 754, where JavaScript gives NaN. */
function definePow(module: ModuleBuilder): FunctionRef {
  const call = module.imported('pow')
  return module.define(
    ['f64', 'f64'],
    (c, [x, y]) => {
      c.f64(1).get(x!).get(y!).call(call).get(x!).f64(1).op('f64.eq').get(x!).f64(-1).op('f64.eq')
      c.get(y!).op('f64.abs').f64(Infinity).op('f64.eq').op('i32.and').op('i32.or').op('select')
    },
    'f64',
  )
}

/** The functions of numbers that JavaScript's `Math` has. */
type MathFunction = { [K in keyof Math]: Math[K] extends (...x: number[]) => number ? K : never }[keyof Math]

/** How a function of one or two numbers is computed. */
interface FunctionCode {
  /** Of f32, as a graph. */
  readonly f32: (g: KernelGraph, x: number, y: number) => number
  /** Of f64, by a call of `Math` or of a function of the module. */
  readonly f64: MathFunction | ((module: ModuleBuilder) => FunctionRef)
  /** A graph of products for some constant arguments; null for others. */
  readonly products?: (g: KernelGraph, dtype: DType, x: number, y: number) => number | null
}

export const functions: Readonly<Record<RealFunction, FunctionCode>> = {
  exp: { f32: exp, f64: 'exp' },
  log: { f32: log, f64: 'log' },
  sin: { f32: sin, f64: 'sin' },
  cos: { f32: cos, f64: 'cos' },
  tanh: { f32: tanh, f64: 'tanh' },
  erf: { f32: erf, f64: defineErf },
  arctan: { f32: arctan, f64: 'atan' },
  pow: { f32: pow, f64: definePow, products: powerByProducts },
}

/** The functions of `Math` that modules import; `definePow` calls `pow`. */
export const mathFunctions: readonly MathFunction[] = [
  ...Object.values(functions).flatMap(({ f64 }) => (typeof f64 === 'string' ? [f64] : [])),
  'pow',
]
