import { isFloat, type DType } from '../tensor/dtype.js'

/** The element types that an operation takes; `words` are those of 32 bits that a bitcast reads. */
export type Domain = 'any' | 'floats' | 'numbers' | 'bits' | 'integers' | 'words'

/** Whether a domain contains an element type. */
export const contains: Readonly<Record<Domain, (d: DType) => boolean>> = {
  any: () => true,
  floats: isFloat,
  numbers: (d) => d !== 'bool',
  bits: (d) => !isFloat(d),
  integers: (d) => d === 'i32' || d === 'u32',
  words: (d) => d === 'f32' || d === 'i32' || d === 'u32',
}

/**
 * The error that a backend may make, in units in the last place or absolute; ε is the distance from 1 to the next
 * number.
 */
export interface AllowedError {
  readonly ulp: number
  readonly absolute: 'smallest normal' | 'ε/2'
  /** The largest |x| for which the error is bounded; default: none. */
  readonly largest?: number
}

/**
 * A declared operation of kernels. Types, checks of plans, costs, counts of energy, the rows of the
 * contract of backends and random kernels derive from it; the reference and the backends compute it.
 */
export interface Operation {
  readonly takes: Domain
  /** Its cost in additions. Default 1. */
  readonly work?: number
  /** The work that it counts as; null: it computes nothing. Default `additions`. */
  readonly counts?: 'multiplications' | 'functions' | null
  readonly commutes?: true
  /** The second argument with which the result is the first. */
  readonly neutral?: 0 | 1
  /** Default: the result of the reference to the last bit. */
  readonly error?: AllowedError
}

/** A function of real numbers, which backends approximate. */
const approximated = (ulp: number, absolute: AllowedError['absolute'], largest?: number): Operation => ({
  takes: 'floats',
  work: 10,
  counts: 'functions',
  error: { ulp, absolute, ...(largest === undefined ? {} : { largest }) },
})

/** Functions of one real number. Those of an angle are numbers from −1 to 1 beyond the largest |x|. */
const functionsOfOne = {
  exp: approximated(4, 'smallest normal'),
  log: approximated(4, 'ε/2'),
  sin: approximated(4, 'ε/2', 1e4),
  cos: approximated(4, 'ε/2', 1e4),
  tanh: approximated(8, 'smallest normal'),
  erf: approximated(8, 'smallest normal'),
  arctan: approximated(8, 'smallest normal'),
} satisfies Record<string, Operation>

/** Functions of two real numbers. */
const functionsOfTwo = {
  pow: approximated(16, 'smallest normal'),
} satisfies Record<string, Operation>

/** Functions of real numbers. */
export const realFunctions = { ...functionsOfOne, ...functionsOfTwo }

/**
 * Operations of one argument. `bitcast` keeps the 32 bits, `cast` converts (float to integer truncates toward 0 and
 * saturates, to bool is ≠ 0).
 */
export const unaryOperations = {
  neg: { takes: 'numbers' },
  abs: { takes: 'numbers' },
  sign: { takes: 'numbers' },
  floor: { takes: 'floats' },
  sqrt: { takes: 'floats', work: 3, counts: 'functions' },
  not: { takes: 'bits' },
  cast: { takes: 'any', counts: null },
  bitcast: { takes: 'words', counts: null },
  ...functionsOfOne,
} satisfies Record<string, Operation>

/** Comparisons: a < b, a ≤ b, a = b, a ≠ b. The others are these with their arguments or their result exchanged. */
export const comparisons = {
  lt: { takes: 'any' },
  le: { takes: 'any' },
  eq: { takes: 'any', commutes: true },
  ne: { takes: 'any', commutes: true },
} satisfies Record<string, Operation>

/**
 * Operations of two arguments of one dtype. Integers wrap at 32 bits; integer division by zero is 0; shifts are
 * u32 or i32 by 0 … 31 (right: logical for u32). Comparisons give `bool`; with NaN they are false, `ne` true. `max` and
 * `min` give NaN if an argument is NaN. `and`, `or`, `xor` work on bool, i32 and u32.
 */
export const binaryOperations = {
  add: { takes: 'numbers', commutes: true, neutral: 0 },
  sub: { takes: 'numbers', neutral: 0 },
  mul: { takes: 'numbers', counts: 'multiplications', commutes: true, neutral: 1 },
  div: { takes: 'numbers', work: 3, counts: 'multiplications', neutral: 1 },
  rem: { takes: 'numbers', work: 4, counts: 'multiplications' },
  max: { takes: 'any' },
  min: { takes: 'any' },
  and: { takes: 'bits', commutes: true },
  or: { takes: 'bits', commutes: true, neutral: 0 },
  xor: { takes: 'bits', commutes: true, neutral: 0 },
  shiftLeft: { takes: 'integers', neutral: 0 },
  shiftRight: { takes: 'integers', neutral: 0 },
  ...comparisons,
  ...functionsOfTwo,
} satisfies Record<string, Operation>

export type RealFunction = keyof typeof realFunctions
export type UnaryOp = keyof typeof unaryOperations
export type CompareOp = keyof typeof comparisons
export type BinaryOp = keyof typeof binaryOperations

/** The operations of a kernel that take arguments. `select` is args[0] ? args[1] : args[2]. */
export type ScalarOp = UnaryOp | BinaryOp | 'select'

/** Every operation that takes arguments. */
export const operations: Readonly<Record<ScalarOp, Operation>> = {
  ...unaryOperations,
  ...binaryOperations,
  select: { takes: 'any' },
}

/** Whether an operation is a function of real numbers, which backends approximate. */
export const isRealFunction = (op: string): op is RealFunction => op in realFunctions

/** Whether an operation compares its arguments, and gives a bool. */
export const isComparison = (op: string): op is CompareOp => op in comparisons

/** The number of arguments of an operation. */
export const arityOf = (op: ScalarOp): number => (op === 'select' ? 3 : op in unaryOperations ? 1 : 2)

/**
 * The initial value of a reduction, x for which x ∘ y = y: 0 for a sum, the least element of the dtype for `max`, the
 * greatest for `min`. Floats begin at ∓∞, bool at 0 or 1.
 */
export function reductionIdentity(reduce: 'sum' | 'max' | 'min', dtype: DType): number {
  if (reduce === 'sum') return 0
  const [least, greatest] = ends[dtype]
  return reduce === 'max' ? least : greatest
}

const ends: Record<DType, readonly [number, number]> = {
  f32: [-Infinity, Infinity],
  f64: [-Infinity, Infinity],
  i32: [-2147483648, 2147483647],
  u32: [0, 4294967295],
  bool: [0, 1],
}
