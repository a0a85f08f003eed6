import { SpikewardError, isFloat, type DType, type KernelNode } from '@spikeward/core/backend'
import { functions } from './library.js'
import { typeOf } from './wgsl.js'

/** A node with arguments. */
export type Computed = Extract<KernelNode, { args: readonly number[] }>

/**
 * A node as a WGSL expression of its arguments' names. The names are runtime values, since WGSL rejects constant
 * expressions that overflow or divide by zero. `from` is the dtype of the first argument, `exponent` the value of a
 * constant second argument.
 */
export function expressionOf(node: Computed, from: DType, names: readonly string[], exponent: number | null): string {
  const [x = '', y = '', z = ''] = names
  const { op, dtype } = node
  typeOf(dtype)
  if (op === 'select') return `select(${z}, ${y}, ${x})`
  if (op === 'cast') return cast(from, dtype, x)
  if (op === 'bitcast') return from === dtype ? x : `bitcast<${dtype}>(${x})`
  const table =
    op in compare
      ? compareOf(from)
      : dtype === 'bool'
        ? bools
        : dtype === 'f32'
          ? floats
          : integers[dtype as 'i32' | 'u32']
  const make = table[op]
  if (make === undefined)
    throw new SpikewardError(
      'UNSUPPORTED_OPERATION',
      `${op} of ${dtype}: the webgpu backend supports this operation for ${isFloat(dtype) ? 'integers' : 'f32'} only; cast first`,
    )
  return make(x, y, exponent)
}

type Table = Partial<Record<string, (x: string, y: string, exponent: number | null) => string>>

/** `!=` of WGSL is false for NaN on some devices. */
const compare: Table = {
  lt: (x, y) => `${x} < ${y}`,
  le: (x, y) => `${x} <= ${y}`,
  eq: (x, y) => `${x} == ${y}`,
  ne: (x, y) => `!(${x} == ${y})`,
}

const compareBools: Table = {
  lt: (x, y) => `!${x} & ${y}`,
  le: (x, y) => `!${x} | ${y}`,
  eq: (x, y) => `${x} == ${y}`,
  ne: (x, y) => `${x} != ${y}`,
}

const compareOf = (from: DType): Table => (from === 'bool' ? compareBools : compare)

/** Arithmetic on 0 and 1, where every nonzero result becomes 1. */
const bools: Table = {
  neg: (x) => x,
  abs: (x) => x,
  sign: (x) => x,
  floor: (x) => x,
  not: (x) => `!${x}`,
  and: (x, y) => `${x} & ${y}`,
  or: (x, y) => `${x} | ${y}`,
  xor: (x, y) => `${x} != ${y}`,
  add: (x, y) => `${x} | ${y}`,
  sub: (x, y) => `${x} != ${y}`,
  mul: (x, y) => `${x} & ${y}`,
  div: (x, y) => `${x} & ${y}`,
  rem: () => 'false',
  max: (x, y) => `${x} | ${y}`,
  min: (x, y) => `${x} & ${y}`,
}

const arithmetic: Table = {
  add: (x, y) => `${x} + ${y}`,
  sub: (x, y) => `${x} - ${y}`,
  mul: (x, y) => `${x} * ${y}`,
}

const whole: Table = {
  ...arithmetic,
  floor: (x) => x,
  not: (x) => `~${x}`,
  and: (x, y) => `${x} & ${y}`,
  or: (x, y) => `${x} | ${y}`,
  xor: (x, y) => `${x} ^ ${y}`,
  max: (x, y) => `max(${x}, ${y})`,
  min: (x, y) => `min(${x}, ${y})`,
  shiftLeft: (x, y) => `${x} << (u32(${y}) & 31u)`,
  shiftRight: (x, y) => `${x} >> (u32(${y}) & 31u)`,
}

const integers: Record<'i32' | 'u32', Table> = {
  i32: {
    ...whole,
    neg: (x) => `-${x}`,
    abs: (x) => `abs(${x})`,
    sign: (x) => `sign(${x})`,
    div: (x, y) => `divI(${x}, ${y})`,
    rem: (x, y) => `remI(${x}, ${y})`,
  },
  u32: {
    ...whole,
    neg: (x) => `0u - ${x}`,
    abs: (x) => x,
    sign: (x) => `min(${x}, 1u)`,
    div: (x, y) => `divU(${x}, ${y})`,
    rem: (x, y) => `remU(${x}, ${y})`,
  },
}

const floats: Table = {
  ...arithmetic,
  div: (x, y) => `${x} / ${y}`,
  rem: (x, y) => `remF(${x}, ${y})`,
  neg: (x) => `-${x}`,
  abs: (x) => `abs(${x})`,
  // ±0 and NaN are unchanged
  sign: (x) => `select(select(${x}, -1f, ${x} < 0f), 1f, ${x} > 0f)`,
  floor: (x) => `floor(${x})`,
  sqrt: (x) => `sqrt(${x})`,
  ...functions,
  max: (x, y) => `maxF(${x}, ${y})`,
  min: (x, y) => `minF(${x}, ${y})`,
}

/** Float to integer truncates, saturates and makes NaN 0; to bool is ≠ 0, NaN included. */
function cast(from: DType, to: DType, x: string): string {
  if (from === to) return x
  if (to === 'bool') return from === 'f32' ? `!(${x} == 0f)` : `${x} != ${from === 'i32' ? '0i' : '0u'}`
  if (from === 'bool') return `select(${zero[to]}, ${one[to]}, ${x})`
  if (from === 'f32') return to === 'i32' ? `toI32(${x})` : `toU32(${x})`
  if (to === 'f32') return from === 'u32' ? `fromU32(${x})` : `f32(${x})`
  return `bitcast<${to}>(${x})`
}

const zero: Record<DType, string> = { f32: '0f', f64: '0f', i32: '0i', u32: '0u', bool: 'false' }
const one: Record<DType, string> = { f32: '1f', f64: '1f', i32: '1i', u32: '1u', bool: 'true' }
