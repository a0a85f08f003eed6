import type { Shape } from '../tensor/aval.js'
import type { Program } from './program.js'

/**
 * Parameters of `broadcast`: the result's shape and, for each operand axis, the result axis that it becomes, ascending.
 */
export interface BroadcastParams {
  readonly shape: Shape
  readonly axes: readonly number[]
}

/**
 * Parameters of `dot`: contracts lhs axis contract[0][i] with rhs axis contract[1][i]; batch[0][i] and batch[1][i] are
 * the same batch axis. The result's axes are the batch axes, the free axes of lhs and those of rhs, each in order.
 */
export interface DotParams {
  readonly contract: readonly [readonly number[], readonly number[]]
  readonly batch: readonly [readonly number[], readonly number[]]
}

/**
 * Parameters of `scan`. Operands: constants, initial carries, sequences. Body inputs: constants, carries, one slice of
 * each sequence (axis removed). Body outputs: next carries, one slice of each output sequence.
 * `xsAxes[i]` is the time axis of sequence operand i, `ysAxes[i]` that of output sequence i. With `reverse`, time runs
 * from the last step to the first; slice t of a sequence still belongs to step t. With `recompute`, reverse mode stores
 * only the carries at the start of every step and recomputes the rest; results do not change.
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
