import { SpikewardError, isRealFunction, type DType } from '@spikeward/core/backend'
import { splatF32, splatF64, splatI32, type Code, type FunctionRef, type Local } from '../wasm/code.js'
import type { ModuleBuilder } from '../wasm/module.js'
import type { PlainOp } from '../wasm/opcodes.js'
import type { Node, Op } from './kernelGraph.js'
import { functions } from './math.js'

/**
 * Four adjacent elements. 32-bit types are one vector; f64 is two, lanes 0–1 and 2–3; bool is a mask with all or no
 * bits of a lane set.
 */
export type Value = readonly Local[]

/** Number of vectors of four elements of `dtype`. */
export const partsOf = (dtype: DType): number => (dtype === 'f64' ? 2 : 1)

/** The machine's features beyond plain SIMD, and the functions that f64 calls. */
export interface Target {
  readonly relaxed: boolean
  readonly imported: (name: string) => FunctionRef
  /** A function of the module, which is defined at its first call. */
  readonly defined: (name: string, define: (module: ModuleBuilder) => FunctionRef) => FunctionRef
}

/** An operation to emit: its arguments as values and, if they are constants, as numbers. */
export interface Operation {
  readonly node: Extract<Node, { readonly args: readonly number[] }>
  /** dtype of the first argument. */
  readonly from: DType
  readonly args: readonly Value[]
  readonly constants: readonly (number | undefined)[]
}

/** Emits `to = op(args)`. */
export function emitOperation(c: Code, target: Target, operation: Operation, to: Value): void {
  const { node, from, args, constants } = operation
  const { op, dtype } = node
  const [x, y, z] = args as [Value, Value, Value]
  switch (op) {
    case 'cast':
      return emitCast(c, from, dtype, x, to)
    case 'bitcast':
      return emitBitcast(c, from, dtype, x, to)
    case 'select':
      return emitSelect(c, target, x, y, z, constants, dtype, to)
    case 'lt':
    case 'le':
    case 'eq':
    case 'ne':
      return emitCompare(c, op, from, x, y, to[0]!)
    case 'madd':
      return to.forEach((part, p) => emitMadd(c, target, dtype, x[p]!, y[p]!, z[p]!, part))
    case 'shiftLeft':
    case 'shiftRight':
      return emitShift(c, op, dtype, x[0]!, y[0]!, constants[1], to[0]!)
    default: {
      const instruction = instructions[op]?.[dtype]
      if (instruction !== undefined) {
        for (const [p, part] of to.entries()) {
          for (const arg of args) c.get(arg[p]!)
          c.op(instruction).set(part)
        }
      } else if (dtype === 'f64') emitCall(c, target, op, args, to)
      else if (op === 'div' || op === 'rem') emitIntegerDivision(c, op, dtype, x[0]!, y[0]!, to[0]!)
      else
        throw new SpikewardError(
          'UNSUPPORTED_OPERATION',
          `${op} of ${dtype}: the cpu backend has no code for this operation; this is a bug in Spikeward`,
        )
    }
  }
}

const floats = (name: string): { f32: PlainOp; f64: PlainOp } => ({
  f32: `f32x4.${name}` as PlainOp,
  f64: `f64x2.${name}` as PlainOp,
})
const ints = (name: string): { i32: PlainOp; u32: PlainOp } => ({
  i32: `i32x4.${name}` as PlainOp,
  u32: `i32x4.${name}` as PlainOp,
})
const signed = (name: string): { i32: PlainOp; u32: PlainOp } => ({
  i32: `i32x4.${name}_s` as PlainOp,
  u32: `i32x4.${name}_u` as PlainOp,
})
const bits = (name: string): { i32: PlainOp; u32: PlainOp; bool: PlainOp } => {
  const op = `v128.${name}` as PlainOp
  return { i32: op, u32: op, bool: op }
}

/** Operations with one instruction for each vector. */
const instructions: Partial<Record<Op, Partial<Record<DType, PlainOp>>>> = {
  neg: { ...floats('neg'), ...ints('neg') },
  abs: { ...floats('abs'), i32: 'i32x4.abs' },
  floor: floats('floor'),
  sqrt: floats('sqrt'),
  nearest: floats('nearest'),
  trunc: floats('trunc'),
  add: { ...floats('add'), ...ints('add') },
  sub: { ...floats('sub'), ...ints('sub') },
  mul: { ...floats('mul'), ...ints('mul') },
  div: floats('div'),
  max: { ...floats('max'), ...signed('max') },
  min: { ...floats('min'), ...signed('min') },
  pmax: floats('pmax'),
  pmin: floats('pmin'),
  and: bits('and'),
  or: bits('or'),
  xor: bits('xor'),
  not: bits('not'),
}

const comparisons: Record<'lt' | 'le' | 'eq' | 'ne', Record<'f32' | 'f64' | 'i32' | 'u32', PlainOp>> = {
  lt: { ...floats('lt'), ...signed('lt') },
  le: { ...floats('le'), ...signed('le') },
  eq: { ...floats('eq'), ...ints('eq') },
  ne: { ...floats('ne'), ...ints('ne') },
}

/** Bytes 0–3 and 8–11 of two vectors: the low halves of four 64-bit masks. */
const NARROW_MASK = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27]
/** The low 8 bytes of two vectors. */
const LOW_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]
/** The high 8 bytes of a vector, twice. */
const HIGH_HALF = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]

function emitCompare(c: Code, op: 'lt' | 'le' | 'eq' | 'ne', from: DType, x: Value, y: Value, to: Local): void {
  if (from === 'bool') {
    // Masks would compare as −1 and 0, so comparisons of bool use logic operations.
    if (op === 'lt') c.get(y[0]!).get(x[0]!).op('v128.andnot')
    else if (op === 'le') c.get(x[0]!).op('v128.not').get(y[0]!).op('v128.or')
    else
      c.get(x[0]!)
        .get(y[0]!)
        .op(op === 'eq' ? 'i32x4.eq' : 'i32x4.ne')
  } else if (from === 'f64') {
    for (const p of [0, 1]) c.get(x[p]!).get(y[p]!).op(comparisons[op].f64)
    c.shuffle(NARROW_MASK)
  } else c.get(x[0]!).get(y[0]!).op(comparisons[op][from])
  c.set(to)
}

/** The 64-bit masks of lanes 0–1 (part 0) or 2–3 (part 1). */
const widenMask = (c: Code, mask: Local, part: number): Code =>
  c.get(mask).op(part === 0 ? 'i64x2.extend_low_i32x4_s' : 'i64x2.extend_high_i32x4_s')

function emitSelect(
  c: Code,
  target: Target,
  when: Value,
  x: Value,
  y: Value,
  constants: Operation['constants'],
  dtype: DType,
  to: Value,
): void {
  if (dtype === 'f64') {
    for (const [p, part] of to.entries()) widenMask(c.get(x[p]!).get(y[p]!), when[0]!, p).op('v128.bitselect').set(part)
    return
  }
  const isZero = (k: number): boolean => Object.is(constants[k], 0)
  if (isZero(2)) c.get(x[0]!).get(when[0]!).op('v128.and')
  else if (isZero(1)) c.get(y[0]!).get(when[0]!).op('v128.andnot')
  else
    c.get(x[0]!)
      .get(y[0]!)
      .get(when[0]!)
      .op(target.relaxed ? 'i32x4.relaxed_laneselect' : 'v128.bitselect')
  c.set(to[0]!)
}

function emitMadd(c: Code, target: Target, dtype: DType, x: Local, y: Local, z: Local, to: Local): void {
  const lanes = dtype === 'f64' ? 'f64x2' : 'f32x4'
  c.get(x).get(y)
  if (target.relaxed) c.get(z).op(`${lanes}.relaxed_madd`)
  else c.op(`${lanes}.mul`).get(z).op(`${lanes}.add`)
  c.set(to)
}

function emitCast(c: Code, from: DType, dtype: DType, x: Value, to: Value): void {
  const [low, high = low] = x as [Local, Local?]
  const [first, second = first] = to as [Local, Local?]
  if (from === dtype) return to.forEach((part, p) => c.get(x[p]!).set(part))
  if (from === 'bool') {
    if (dtype === 'f64') return to.forEach((part, p) => widenMask(c, low, p).v128(splatF64(1)).op('v128.and').set(part))
    c.get(low)
      .v128(dtype === 'f32' ? splatF32(1) : splatI32(1))
      .op('v128.and')
      .set(first)
  } else if (dtype === 'bool') {
    const zero = splatI32(0)
    if (from === 'f64')
      c.get(low).v128(zero).op('f64x2.ne').get(high).v128(zero).op('f64x2.ne').shuffle(NARROW_MASK).set(first)
    else
      c.get(low)
        .v128(zero)
        .op(from === 'f32' ? 'f32x4.ne' : 'i32x4.ne')
        .set(first)
  } else if (dtype === 'f64') {
    const widen =
      from === 'f32'
        ? 'f64x2.promote_low_f32x4'
        : from === 'i32'
          ? 'f64x2.convert_low_i32x4_s'
          : 'f64x2.convert_low_i32x4_u'
    c.get(low).op(widen).set(first)
    c.get(low).get(low).shuffle(HIGH_HALF).op(widen).set(second)
  } else if (from === 'f64') {
    const narrow =
      dtype === 'f32'
        ? 'f32x4.demote_f64x2_zero'
        : dtype === 'i32'
          ? 'i32x4.trunc_sat_f64x2_s_zero'
          : 'i32x4.trunc_sat_f64x2_u_zero'
    c.get(low).op(narrow).get(high).op(narrow).shuffle(LOW_HALVES).set(first)
  } else {
    c.get(low)
    if (from === 'f32') c.op(dtype === 'i32' ? 'i32x4.trunc_sat_f32x4_s' : 'i32x4.trunc_sat_f32x4_u')
    else if (dtype === 'f32') c.op(from === 'i32' ? 'f32x4.convert_i32x4_s' : 'f32x4.convert_i32x4_u')
    c.set(first)
  }
}

function emitBitcast(c: Code, from: DType, dtype: DType, x: Value, to: Value): void {
  if (from === 'f64' || dtype === 'f64') return emitCast(c, from, dtype, x, to)
  if (dtype === 'bool') return emitCast(c, 'i32', 'bool', x, to)
  if (from === 'bool') return emitCast(c, 'bool', 'i32', x, to)
  c.get(x[0]!).set(to[0]!)
}

/** A shift by the same amount in all lanes is one instruction; other shifts are done lane by lane. */
function emitShift(
  c: Code,
  op: 'shiftLeft' | 'shiftRight',
  dtype: DType,
  x: Local,
  by: Local,
  constant: number | undefined,
  to: Local,
): void {
  const left = op === 'shiftLeft'
  if (constant !== undefined) {
    c.get(x)
      .i32(constant)
      .op(left ? 'i32x4.shl' : dtype === 'u32' ? 'i32x4.shr_u' : 'i32x4.shr_s')
      .set(to)
    return
  }
  eachLane(c, x, by, to, (a, b) =>
    c
      .get(a)
      .get(b)
      .op(left ? 'i32.shl' : dtype === 'u32' ? 'i32.shr_u' : 'i32.shr_s'),
  )
}

/** Integer division without traps: division by zero gives 0, and −2³¹ / −1 wraps. */
function emitIntegerDivision(c: Code, op: 'div' | 'rem', dtype: DType, x: Local, y: Local, to: Local): void {
  const result = c.local('i32')
  eachLane(c, x, y, to, (a, b) => {
    c.i32(0).set(result)
    c.get(b).when(() => {
      if (op === 'rem')
        c.get(a)
          .get(b)
          .op(dtype === 'u32' ? 'i32.rem_u' : 'i32.rem_s')
          .set(result)
      else if (dtype === 'u32') c.get(a).get(b).op('i32.div_u').set(result)
      else {
        c.get(b)
          .i32(-1)
          .op('i32.eq')
          .when(
            () => {
              c.i32(0).get(a).op('i32.sub').set(result)
            },
            () => {
              c.get(a).get(b).op('i32.div_s').set(result)
            },
          )
      }
    })
    c.get(result)
  })
}

/** to = f(x, y) lane by lane; `body` pushes the result. */
function eachLane(c: Code, x: Local, y: Local, to: Local, body: (a: Local, b: Local) => void): void {
  const [a, b, sum] = [c.local('i32'), c.local('i32'), c.local('v128')]
  for (let i = 0; i < 4; i++) {
    c.get(x).lane('i32x4.extract_lane', i).set(a)
    c.get(y).lane('i32x4.extract_lane', i).set(b)
    c.get(sum)
    body(a, b)
    c.lane('i32x4.replace_lane', i).set(sum)
  }
  c.get(sum).set(to)
}

/** Functions of f64 that are called for each lane: those of JavaScript and of the module. */
function emitCall(c: Code, target: Target, op: Op, args: readonly Value[], to: Value): void {
  const own = isRealFunction(op) ? functions[op].f64 : op
  const f = typeof own === 'string' ? target.imported(own) : target.defined(op, own)
  for (const [p, part] of to.entries()) {
    for (const i of [0, 1]) {
      c.get(part)
      for (const arg of args) c.get(arg[p]!).lane('f64x2.extract_lane', i)
      c.call(f).lane('f64x2.replace_lane', i).set(part)
    }
  }
}

/** Emits a constant. */
export function emitConstant(c: Code, dtype: DType, value: number, to: Value): void {
  const bytes =
    dtype === 'f32'
      ? splatF32(value)
      : dtype === 'f64'
        ? splatF64(value)
        : splatI32(dtype === 'bool' ? (value === 0 ? 0 : -1) : value)
  for (const part of to) c.v128(bytes).set(part)
}
