import { isComparison, type ScalarOp } from '../plan/operations.js'
import { evaluateScalar } from '../reference/scalar.js'
import { isFloat, type DType } from '../tensor/dtype.js'

const logic: ReadonlySet<ScalarOp> = new Set(['not', 'and', 'or', 'xor'])
const exact: ReadonlySet<ScalarOp> = new Set(['neg', 'abs', 'add', 'sub', 'mul'])

/** Whether every backend computes the same bits from constants of a type. */
function folds(op: ScalarOp, from: DType): boolean {
  if (op === 'cast' || isComparison(op)) return true
  if (from === 'bool') return logic.has(op)
  if (isFloat(from)) return exact.has(op) || op === 'div'
  return exact.has(op) || op === 'shiftLeft' || op === 'shiftRight' || (op !== 'not' && logic.has(op))
}

/** The operation of constants of type `from` where every backend computes the same bits, null otherwise. */
export const foldConstants = (op: ScalarOp, dtype: DType, from: DType, args: readonly number[]): number | null =>
  folds(op, from) ? evaluateScalar(op, dtype, args, from) : null

/** Converts a number to the nearest value that an element of `dtype` holds. */
export const foldCast = (dtype: DType, value: number): number => evaluateScalar('cast', dtype, [value], 'f64')
