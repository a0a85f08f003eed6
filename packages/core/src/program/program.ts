import type { Aval } from '../tensor/aval.js'
import type { BinaryOp, ScalarOp, UnaryOp } from '../plan/operations.js'
import type { Routine } from '../routines/routines.js'
import type { DType } from '../tensor/dtype.js'
import type { SeriesRule, Tangent, TransposeInput } from './tangent.js'
import type { Tensor } from '../tensor/tensor.js'

/** A variable of a Program, identified by the object; `id` is for printing. */
export interface Var {
  readonly id: number
  readonly aval: Aval
}

/** A scalar constant. */
export interface Literal {
  readonly literal: number
  readonly aval: Aval
}

/** An operand of an equation. */
export type Atom = Var | Literal

/** outputs = primitive(inputs; params). */
export interface Equation {
  readonly primitive: Primitive
  readonly inputs: readonly Atom[]
  readonly params: unknown
  readonly outputs: readonly Var[]
}

/**
 * A function as data: static single assignment, typed, closed (every Var is an input or the output of an earlier
 * equation), without side effects.
 */
export interface Program {
  readonly inputs: readonly Var[]
  readonly equations: readonly Equation[]
  readonly outputs: readonly Atom[]
}

/** A Program whose first inputs are captured tensors: the values that a traced function closed over. */
export interface ClosedProgram {
  readonly program: Program
  readonly captured: readonly Tensor[]
}

/** True for a scalar literal. */
export const isLiteral = (a: Atom): a is Literal => 'literal' in a

/** The batch axis of a value inside `vmap`: axis 0, or null if the value does not depend on the batch. */
export type Dim = 0 | null

/**
 * An operation with all its rules. Every rule is required: a missing rule is a type error. `P` are its parameters,
 * plain data without tensors, which are printed and hashed.
 */
export interface Primitive<P = unknown> {
  readonly name: string
  /** Abstract results; throws SHAPE_MISMATCH and the like. */
  shape(ins: readonly Aval[], p: P): Aval[]
  /**
   * Results and their tangents; at least one operand's tangent is not Zero. The rule is written in operations, so that
   * it can be differentiated, batched and traced.
   */
  jvp(x: readonly Tensor[], dx: readonly Tangent[], p: P): [readonly Tensor[], readonly Tangent[]]
  /** How Taylor coefficients pass through: see SeriesRule. */
  readonly series: SeriesRule<P>
  /** The cotangents of the linear operands, or 'nonlinear' if no operand is ever linear. */
  readonly transpose: TransposeRule<P> | 'nonlinear'
  /** The operation over a batch of `size`; the batch is the first axis of operands with dim 0. */
  batch(size: number, x: readonly Tensor[], dims: readonly Dim[], p: P): [readonly Tensor[], readonly Dim[]]
  /** How the operation becomes part of a Plan, for both eager evaluation and jit. */
  readonly lower: Lowering<P>
}

/**
 * Takes the cotangents of the results (Zero if none arrived) and returns one cotangent per operand:
 * null for known operands.
 */
export type TransposeRule<P> = {
  rule(ct: readonly Tangent[], ins: readonly TransposeInput[], p: P): readonly (Tangent | null)[]
}['rule']

/**
 * Names of pointwise primitives: the kernel operation that one emits, or that of one that emits several, another or
 * none.
 */
export type PointwiseName = ScalarOp | 'iota' | 'stopGradient' | 'threefry'

/** How a primitive becomes part of a Plan. */
export type Lowering<P> =
  /** Element by element; every operand has the result's shape, or is a scalar literal. */
  | {
      readonly kind: 'pointwise'
      readonly name: PointwiseName
      emit(k: KernelBuilder, x: readonly Expr[], p: P, outs: readonly Aval[], ins: readonly Aval[]): readonly Expr[]
    }
  /** The operand's elements read through an affine map: broadcast, transpose, slice, flip. */
  | { readonly kind: 'view'; view(x: Aval, p: P): AffineView }
  /** The operand's elements in row-major order under another shape. */
  | { readonly kind: 'reshape' }
  /** Reduces axes. */
  | { readonly kind: 'reduce'; readonly op: 'sum' | 'max' | 'min'; axes(p: P): readonly number[] }
  /**
   * Operands written into regions of a result that is filled with `fill` (null: the regions cover it): concatenate,
   * pad.
   */
  | {
      readonly kind: 'assemble'
      regions(ins: readonly Aval[], p: P): { readonly fill: number | null; readonly regions: readonly Region[] }
    }
  /** A product: see DotParams. */
  | { readonly kind: 'dot' }
  /** Any other routine; operands are made contiguous first. */
  | { readonly kind: 'routine'; make(ins: readonly Aval[], outs: readonly Aval[], p: P): Routine }
  /** A loop over time: see ScanParams. */
  | { readonly kind: 'scan' }
  /** A Program that replaces the operation. */
  | { readonly kind: 'inline'; program(p: P): Program }
  /**
   * A function of other operations, with no derivative rule of its own, such as a layer. It replaces the operation
   * before a Program is simplified, so that the result is the same as without the operation.
   */
  | {
      readonly kind: 'composite'
      run(x: readonly Tensor[], p: P): readonly Tensor[]
      /** `run` as a Program, for operands of these types. */
      program(ins: readonly Aval[], p: P): Program
    }

/**
 * Gives operations their meaning: it evaluates, differentiates, batches or traces them. Each interpreter wraps the one
 * that was in charge before and tags its own values.
 */
export interface Interpreter {
  process(primitive: Primitive, inputs: readonly Tensor[], params: unknown): readonly Tensor[]
}

/**
 * The coordinate along each operand axis as a function of the result's coordinates: start + step · coordinate[from], or
 * just start where `from` is null, plus slope · coordinate[along] where `shear` is set.
 */
export interface AffineView {
  readonly axes: readonly {
    readonly from: number | null
    readonly start: number
    readonly step: number
    readonly shear?: { readonly along: number; readonly slope: number }
  }[]
}

/** A rectangle of the result that one operand fills; the operand's axis a is at start[a] + step[a]·i. */
interface Region {
  readonly operand: number
  readonly start: readonly number[]
  readonly step: readonly number[]
}

/** A scalar value inside a kernel under construction. */
export type Expr = number

/** Builds the nodes of a kernel. Equal nodes are shared. */
export interface KernelBuilder {
  constant(dtype: DType, value: number): Expr
  /** Coordinate along axis `axis` of the value's shape (not of the kernel's space). */
  index(dtype: DType, axis: number): Expr
  unary(op: UnaryOp, dtype: DType, x: Expr): Expr
  binary(op: BinaryOp, dtype: DType, x: Expr, y: Expr): Expr
  select(dtype: DType, condition: Expr, x: Expr, y: Expr): Expr
}
