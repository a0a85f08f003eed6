import type { Aval } from '../tensor/aval.js'
import type { DType } from '../tensor/dtype.js'
import type { BinaryOp, UnaryOp } from '../plan/kernel.js'
import type { Routine } from '../plan/plan.js'
import type { Program } from './program.js'
import type { Tensor } from '../tensor/tensor.js'

/** A tangent that is known to be zero, without storage. */
export interface Zero {
  readonly zero: Aval
}

/** A tangent: a tensor of the primal's shape and dtype, or a symbolic zero. */
export type Tangent = Tensor | Zero

/** Marks a symbolic zero. */
export const isZero = (t: Tangent): t is Zero => 'zero' in t

/** The batch axis of a value inside `vmap`: always axis 0, or null where the value is the same for the whole batch. */
export type Dim = 0 | null

/**
 * An operation and all that is known of it. Every rule is required: a missing rule is a type error.
 * `P` are its parameters: plain data, printed and hashed; tensors never stand in it.
 */
export interface Primitive<P = unknown> {
  readonly name: string
  /** Abstract results; throws SHAPE_MISMATCH and the like. */
  shape(ins: readonly Aval[], p: P): Aval[]
  /**
   * Results and their tangents; at least one tangent is not Zero. Written in operations, so that it can be
   * differentiated, batched and traced again.
   */
  jvp(x: readonly Tensor[], dx: readonly Tangent[], p: P): [readonly Tensor[], readonly Tangent[]]
  /** How a cotangent goes back to the linear operands, or 'nonlinear' where no operand is ever linear. */
  readonly transpose: TransposeRule<P> | 'nonlinear'
  /** The operation over a batch of `size`; operands with dim 0 carry it as their first axis. */
  batch(size: number, x: readonly Tensor[], dims: readonly Dim[], p: P): [readonly Tensor[], readonly Dim[]]
  /** How a backend gets to see it; eager evaluation and jit share it. */
  readonly lower: Lowering<P>
}

/** An operand during transposition: a known value, or a linear operand of which only the shape is known. */
export type TransposeInput = { readonly known: Tensor } | { readonly linear: Aval }

/**
 * Given the cotangents of the results (Zero where none arrived), gives one cotangent per operand:
 * null for known operands.
 */
export type TransposeRule<P> = {
  rule(ct: readonly Tangent[], ins: readonly TransposeInput[], p: P): readonly (Tangent | null)[]
}['rule']

/** A scalar value inside a kernel under construction. */
export type Expr = number

/** Builds the nodes of a kernel. Equal nodes are made once. */
export interface KernelBuilder {
  constant(dtype: DType, value: number): Expr
  /** Coordinate of this value's own axis `axis` (of its shape, not of the kernel's space). */
  index(dtype: DType, axis: number): Expr
  unary(op: UnaryOp, dtype: DType, x: Expr): Expr
  binary(op: BinaryOp, dtype: DType, x: Expr, y: Expr): Expr
  select(dtype: DType, condition: Expr, x: Expr, y: Expr): Expr
}

/**
 * The coordinate along each operand axis as a function of the result's coordinates:
 * start + step · coordinate[from], or just start where `from` is null.
 */
export interface AffineView {
  readonly axes: readonly { readonly from: number | null; readonly start: number; readonly step: number }[]
}

/** A rectangle of the result that one operand fills, where the operand's axis a lies at start[a] + step[a]·i. */
export interface Region {
  readonly operand: number
  readonly start: readonly number[]
  readonly step: readonly number[]
}

export type Lowering<P> =
  /** Element by element; every operand has the result's shape, or is a scalar literal. */
  | {
      readonly kind: 'pointwise'
      emit(k: KernelBuilder, x: readonly Expr[], p: P, outs: readonly Aval[], ins: readonly Aval[]): readonly Expr[]
    }
  /** The operand's elements read through an affine map: broadcast, transpose, slice, flip. */
  | { readonly kind: 'view'; view(x: Aval, p: P): AffineView }
  /** The operand's elements in row-major order under another shape. */
  | { readonly kind: 'reshape' }
  /** Folds axes away. */
  | { readonly kind: 'reduce'; readonly op: 'sum' | 'max' | 'min'; axes(p: P): readonly number[] }
  /** Operands written into regions of a result filled with `fill` (no fill: the regions cover it): concatenate, pad. */
  | {
      readonly kind: 'assemble'
      regions(ins: readonly Aval[], p: P): { readonly fill: number | null; readonly regions: readonly Region[] }
    }
  /** A product: see DotParams. */
  | { readonly kind: 'dot' }
  /** Any other routine; operands are made contiguous first. */
  | { readonly kind: 'routine'; make(ins: readonly Aval[], outs: readonly Aval[], p: P): Routine }
  /** State through time: see ScanParams. */
  | { readonly kind: 'scan' }
  /** A Program put in the place of the operation. */
  | { readonly kind: 'inline'; program(p: P): Program }

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
