import { isFloat, type DType } from '../tensor/dtype.js'
import type { ScalarOp } from '../plan/operations.js'

/**
 * The error function erf(x) = 2/√π ∫₀ˣ exp(−t²) dt in double precision, to about 2 units in the last place.
 *
 * |x| < 2.5: the series 2/√π exp(−x²) Σ 2ⁿ x²ⁿ⁺¹ / (2n+1)!!, whose terms are all of one sign, so nothing cancels.
 * Beyond: 1 − erfc(x), with erfc from its continued fraction exp(−x²)/√π · 1/(x + ½/(x + 1/(x + 3⁄2/(x + …)))),
 * evaluated from the 40th level inward; erfc is below 5e-4 there, so its rounding does not matter.
 * Abramowitz & Stegun 7.1.6 and 7.1.14.
 */
export function erf(x: number): number {
  const a = Math.abs(x)
  if (a < 2.5) {
    let term = x
    let sum = x
    for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
      term *= (2 * x * x) / (2 * n + 1)
      sum += term
    }
    return a < 1e-8 ? x * TWO_OVER_ROOT_PI : TWO_OVER_ROOT_PI * Math.exp(-x * x) * sum
  }
  if (Number.isNaN(x)) return NaN
  if (a > 6) return Math.sign(x)
  let fraction = a
  for (let k = 40; k >= 1; k--) fraction = a + k / 2 / fraction
  return Math.sign(x) * (1 - Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction))
}

const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI)

/**
 * xʸ as IEEE 754 defines it: pow(1, y) = 1 for every y, NaN included, and pow(−1, ±∞) = 1, where JavaScript gives NaN.
 */
const power = (x: number, y: number): number => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : Math.pow(x, y))

/** Elements of any dtype as doubles. */
export type Row = Float64Array

/** r[i] = op(x[i], y[i], z[i]) for i < n; operands that the operation does not have are not read. */
export type RowOp = (r: Row, x: Row, y: Row, z: Row, n: number) => void

/**
 * The definition of an operation over rows of elements. Every backend computes it, transcendental functions within the
 * tolerance of the contract tests. `from` is the dtype of the first argument. It works on rows because a function that
 * returns a number would allocate an object for each.
 *
 * Where `BinaryOp` leaves a choice: `rem` has the sign of its first argument (x − y·trunc(x/y)) and is 0 for integers
 * by zero; `pow` is that of IEEE 754; −2³¹ / −1 wraps to −2³¹; shifts take the low 5 bits of the amount; a float NaN
 * becomes integer 0 and bool true.
 */
export function rowOp(op: ScalarOp, dtype: DType, from: DType): RowOp {
  const compute = computeOf(op, dtype, from)
  if (givesElements(op, dtype)) return compute
  const round = rounding[dtype]
  return (r, x, y, z, n) => {
    compute(r, x, y, z, n)
    round(r, n)
  }
}

/** Whether the results are elements of the dtype as they are, so that a pass over the row that rounds changes none. */
const givesElements = (op: ScalarOp, dtype: DType): boolean =>
  op in (roundedRows[dtype] ?? {}) || selecting.has(op) || (isFloat(dtype) && keepingFloats.has(op))

/** Operations that give one of their arguments, or 0 and 1. */
const selecting: ReadonlySet<ScalarOp> = new Set(['max', 'min', 'select', 'lt', 'le', 'eq', 'ne'])

/** Operations whose result on an f32 is an f32. */
const keepingFloats: ReadonlySet<ScalarOp> = new Set(['neg', 'abs', 'sign', 'floor'])

function computeOf(op: ScalarOp, dtype: DType, from: DType): RowOp {
  const rounded = roundedRows[dtype]?.[op]
  if (rounded !== undefined) return rounded
  if (op === 'bitcast') return bitcast(from, dtype)
  if (op === 'cast' && isFloat(from) && (dtype === 'i32' || dtype === 'u32'))
    return dtype === 'i32' ? saturate(-2147483648, 2147483647) : saturate(0, 4294967295)
  if (!isFloat(dtype) && (op === 'mul' || op === 'div' || op === 'rem')) return integers[op]
  if (op === 'not' && dtype !== 'bool') return integers.not
  return rows[op]
}

/** f32 rounds, integers wrap, bool is ≠ 0. */
const rounding: Record<DType, (r: Row, n: number) => void> = {
  f32: (r, n) => {
    for (let i = 0; i < n; i++) r[i] = Math.fround(r[i]!)
  },
  f64: () => {},
  i32: (r, n) => {
    for (let i = 0; i < n; i++) r[i] = r[i]! | 0
  },
  u32: (r, n) => {
    for (let i = 0; i < n; i++) r[i] = r[i]! >>> 0
  },
  bool: (r, n) => {
    for (let i = 0; i < n; i++) r[i] = r[i] !== 0 ? 1 : 0
  },
}

const rows: Record<Exclude<ScalarOp, 'bitcast'>, RowOp> = {
  neg: (r, x, _y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = -x[i]!
  },
  abs: (r, x, _y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = Math.abs(x[i]!)
  },
  sign: (r, x, _y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = Math.sign(x[i]!)
  },
  floor: (r, x, _y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = Math.floor(x[i]!)
  },
  exp: (r, x, _y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = Math.exp(x[i]!)
  },
  log: (r, x, _y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = Math.log(x[i]!)
  },
  sqrt: (r, x, _y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = Math.sqrt(x[i]!)
  },
  sin: (r, x, _y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = Math.sin(x[i]!)
  },
  cos: (r, x, _y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = Math.cos(x[i]!)
  },
  tanh: (r, x, _y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = Math.tanh(x[i]!)
  },
  erf: (r, x, _y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = erf(x[i]!)
  },
  arctan: (r, x, _y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = Math.atan(x[i]!)
  },
  not: (r, x, _y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = x[i] === 0 ? 1 : 0
  },
  cast: (r, x, _y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = x[i]!
  },
  add: (r, x, y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = x[i]! + y[i]!
  },
  sub: (r, x, y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = x[i]! - y[i]!
  },
  mul: (r, x, y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = x[i]! * y[i]!
  },
  div: (r, x, y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = x[i]! / y[i]!
  },
  rem: (r, x, y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = x[i]! % y[i]!
  },
  pow: (r, x, y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = power(x[i]!, y[i]!)
  },
  max: (r, x, y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = Math.max(x[i]!, y[i]!)
  },
  min: (r, x, y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = Math.min(x[i]!, y[i]!)
  },
  and: (r, x, y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = x[i]! & y[i]!
  },
  or: (r, x, y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = x[i]! | y[i]!
  },
  xor: (r, x, y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = x[i]! ^ y[i]!
  },
  shiftLeft: (r, x, y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = x[i]! << y[i]!
  },
  shiftRight: (r, x, y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = x[i]! >> y[i]!
  },
  lt: (r, x, y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = x[i]! < y[i]! ? 1 : 0
  },
  le: (r, x, y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = x[i]! <= y[i]! ? 1 : 0
  },
  eq: (r, x, y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = x[i] === y[i] ? 1 : 0
  },
  ne: (r, x, y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = x[i] !== y[i] ? 1 : 0
  },
  select: (r, x, y, z, n) => {
    for (let i = 0; i < n; i++) r[i] = x[i] !== 0 ? y[i]! : z[i]!
  },
}

/** The most frequent operations with their rounding, in one pass over the row. */
const roundedRows: Partial<Record<DType, Partial<Record<ScalarOp, RowOp>>>> = {
  f32: {
    add: (r, x, y, _z, n) => {
      for (let i = 0; i < n; i++) r[i] = Math.fround(x[i]! + y[i]!)
    },
    sub: (r, x, y, _z, n) => {
      for (let i = 0; i < n; i++) r[i] = Math.fround(x[i]! - y[i]!)
    },
    mul: (r, x, y, _z, n) => {
      for (let i = 0; i < n; i++) r[i] = Math.fround(x[i]! * y[i]!)
    },
  },
  // Threefry, which takes a hundred of these for two random words.
  u32: {
    add: (r, x, y, _z, n) => {
      for (let i = 0; i < n; i++) r[i] = (x[i]! + y[i]!) >>> 0
    },
    or: (r, x, y, _z, n) => {
      for (let i = 0; i < n; i++) r[i] = (x[i]! | y[i]!) >>> 0
    },
    xor: (r, x, y, _z, n) => {
      for (let i = 0; i < n; i++) r[i] = (x[i]! ^ y[i]!) >>> 0
    },
    shiftLeft: (r, x, y, _z, n) => {
      for (let i = 0; i < n; i++) r[i] = (x[i]! << y[i]!) >>> 0
    },
    shiftRight: (r, x, y, _z, n) => {
      for (let i = 0; i < n; i++) r[i] = x[i]! >>> y[i]!
    },
  },
}

/** Integer arithmetic: products wrap at 32 bits, quotients truncate and are 0 by zero. */
const integers: Record<'mul' | 'div' | 'rem' | 'not', RowOp> = {
  mul: (r, x, y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = Math.imul(x[i]!, y[i]!)
  },
  div: (r, x, y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = y[i] === 0 ? 0 : Math.trunc(x[i]! / y[i]!)
  },
  rem: (r, x, y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = y[i] === 0 ? 0 : x[i]! % y[i]!
  },
  not: (r, x, _y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = ~x[i]!
  },
}

/** Float to integer: truncates toward 0 and saturates; NaN becomes 0. */
const saturate =
  (low: number, high: number): RowOp =>
  (r, x, _y, _z, n) => {
    for (let i = 0; i < n; i++) r[i] = Number.isNaN(x[i]) ? 0 : Math.min(Math.max(Math.trunc(x[i]!), low), high)
  }

const bits = new ArrayBuffer(4)
const views = {
  f32: new Float32Array(bits),
  i32: new Int32Array(bits),
  u32: new Uint32Array(bits),
  bool: new Uint32Array(bits),
}

const bitcast = (from: DType, to: DType): RowOp => {
  if (from === 'f64' || to === 'f64') return rows.cast
  const [source, target] = [views[from], views[to]]
  return (r, x, _y, _z, n) => {
    for (let i = 0; i < n; i++) {
      source[0] = x[i]!
      r[i] = target[0]!
    }
  }
}

const [scratch, ...operands] = [0, 0, 0, 0].map(() => new Float64Array(1)) as [Row, Row, Row, Row]

/**
 * One scalar operation on numbers, for constant folding. `from` is the dtype of the first argument; default `dtype`.
 */
export function evaluateScalar(op: ScalarOp, dtype: DType, args: readonly number[], from: DType = dtype): number {
  for (const [i, x] of args.entries()) operands[i]![0] = x
  rowOp(op, dtype, from)(scratch, ...operands, 1)
  return scratch[0]!
}

/** Converts a number to an element of `dtype`: rounds, wraps, or maps to 0 and 1. */
export const asElement = (dtype: DType, x: number): number => evaluateScalar('cast', dtype, [x], dtype)
