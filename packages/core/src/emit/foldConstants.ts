import type { DType } from '../tensor/dtype.js'
import type { BinaryOp, UnaryOp } from '../plan/kernel.js'

/** Converts a number to the nearest value that an element of `dtype` holds. */
export function foldCast(dtype: DType, value: number): number {
  switch (dtype) {
    case 'f64':
      return value
    case 'f32':
      return Math.fround(value)
    case 'i32':
      return Number.isNaN(value) ? 0 : Math.min(Math.max(Math.trunc(value), -2147483648), 2147483647) | 0
    case 'u32':
      return Number.isNaN(value) ? 0 : Math.min(Math.max(Math.trunc(value), 0), 4294967295) >>> 0
    case 'bool':
      return value !== 0 ? 1 : 0
  }
}

/** op(a) where every backend computes the same bits, null otherwise. */
export function foldUnary(op: UnaryOp, dtype: DType, from: DType, a: number): number | null {
  switch (op) {
    case 'cast':
      return foldCast(dtype, a)
    case 'neg':
      return dtype === 'u32' ? -a >>> 0 : dtype === 'i32' ? -a | 0 : -a
    case 'abs':
      return dtype === 'i32' ? Math.abs(a) | 0 : Math.abs(a)
    case 'not':
      return dtype === 'bool' && from === 'bool' ? (a === 0 ? 1 : 0) : null
    default:
      return null
  }
}

const wrap = (dtype: DType, x: number): number => (dtype === 'i32' ? x | 0 : x >>> 0)

/** a op b in `dtype`, the type of the arguments, where every backend computes the same bits, null otherwise. */
export function foldBinary(op: BinaryOp, dtype: DType, a: number, b: number): number | null {
  switch (op) {
    case 'lt':
      return a < b ? 1 : 0
    case 'le':
      return a <= b ? 1 : 0
    case 'eq':
      return a === b ? 1 : 0
    case 'ne':
      return a !== b ? 1 : 0
    default:
      break
  }
  if (dtype === 'bool') {
    return op === 'and' ? a & b : op === 'or' ? a | b : op === 'xor' ? a ^ b : null
  }
  if (dtype === 'i32' || dtype === 'u32') {
    switch (op) {
      case 'add':
        return wrap(dtype, a + b)
      case 'sub':
        return wrap(dtype, a - b)
      case 'mul':
        return wrap(dtype, Math.imul(a, b))
      case 'and':
        return wrap(dtype, a & b)
      case 'or':
        return wrap(dtype, a | b)
      case 'xor':
        return wrap(dtype, a ^ b)
      case 'shiftLeft':
        return wrap(dtype, a << b)
      case 'shiftRight':
        return dtype === 'i32' ? a >> b : a >>> b
      default:
        return null
    }
  }
  const round = dtype === 'f32' ? Math.fround : (x: number): number => x
  switch (op) {
    case 'add':
      return round(a + b)
    case 'sub':
      return round(a - b)
    case 'mul':
      return round(a * b)
    case 'div':
      return round(a / b)
    default:
      return null
  }
}
