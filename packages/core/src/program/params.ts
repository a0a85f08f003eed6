import type { Shape } from '../tensor/aval.js'
import type { Program } from './program.js'

/** Parameters of `broadcast`: the result's shape and, for each operand axis, the result axis that it becomes, ascending. */
export interface BroadcastParams {
  readonly shape: Shape
  readonly axes: readonly number[]
}

/**
 * Parameters of `dot`: contracts lhs axis contract[0][i] with rhs axis contract[1][i], runs over the batch axes in
 * step. The result's axes: batch, then the free axes of lhs, then those of rhs, each in order.
 */
export interface DotParams {
  readonly contract: readonly [readonly number[], readonly number[]]
  readonly batch: readonly [readonly number[], readonly number[]]
}

/**
 * Parameters of `scan`. Operands: constants, initial carries, sequences. Body inputs: constants, carries, one slice of
 * each sequence (axis removed). Body outputs: next carries, one slice of each output sequence.
 * `xsAxes[i]` is the time axis of sequence operand i, `ysAxes[i]` that of output sequence i. With `reverse` time runs
 * from the last
 * step to the first, and slice t of every sequence still belongs to step t. With `recompute` reverse mode keeps of every
 * step the carries that it started from, and computes the rest again; results do not change.
 */
export interface ScanParams {
  readonly body: Program
  readonly length: number
  readonly constants: number
  readonly carries: number
  readonly xsAxes: readonly number[]
  readonly ysAxes: readonly number[]
  readonly reverse: boolean
  readonly recompute: boolean
}
