import type { Aval, Shape } from '../tensor/aval.js'
import type { DType } from '../tensor/dtype.js'
import type { Expr, KernelBuilder } from '../program/program.js'
import type { Placement } from './subAxes.js'
import type { Routine } from '../routines/routines.js'

/**
 * The graph between Program and Plan. It has no views and no inlined programs, only work (`Op`) on values: every
 * operand reads a value through strides.
 */
export interface Graph {
  readonly ops: Op[]
  /** Number of enclosing loops. */
  readonly depth: number
}

/** A value that may occupy memory: contiguous, row-major, of its aval's shape. */
export interface Value {
  readonly id: number
  readonly aval: Aval
  /**
   * The ops that write it: one op, the parts of an assembled value, or a loop and the op that initialises its carry.
   */
  readonly writers: Op[]
  readonly external: { readonly kind: 'input' | 'output'; readonly index: number } | null
  /** Set if the value occupies part of another value, contiguously from `offset`; this replaces the copy `by`. */
  alias: {
    readonly value: Value
    readonly offset: number
    readonly advance: readonly number[]
    readonly by: Op | null
  } | null
}

/** A scalar, read as a tensor of `shape`. */
export interface LiteralRef {
  readonly kind: 'literal'
  readonly dtype: DType
  readonly shape: Shape
  readonly value: number
}

/**
 * Reads a value at the element address offset + Σ strides[a]·coordinate[a] + Σ advance[d]·iteration[d]. Axes of length
 * 1 have stride 0.
 */
export interface ValueRef {
  readonly kind: 'value'
  readonly dtype: DType
  readonly shape: Shape
  readonly value: Value
  readonly offset: number
  readonly strides: readonly number[]
  readonly advance: readonly number[]
}

/** The affine form offset + Σ steps[a]·coordinate[a]. */
export interface AffineForm {
  readonly offset: number
  readonly steps: readonly number[]
}

/**
 * A cheap value that every reader recomputes: output `out` of `op`, where `axes` are its coordinates as forms of the
 * reader's.
 */
export interface RematerialisedRef {
  readonly kind: 'rematerialised'
  readonly dtype: DType
  readonly shape: Shape
  readonly op: PointwiseOp
  readonly out: number
  readonly axes: readonly AffineForm[]
}

export type Ref = LiteralRef | ValueRef | RematerialisedRef

/** A strided part of a value that an op writes to. */
export interface Destination {
  readonly value: Value
  readonly offset: number
  readonly strides: readonly number[]
  readonly advance: readonly number[]
}

interface OpBase {
  readonly id: number
  readonly name: string
  readonly ins: readonly Ref[]
  readonly outs: readonly Value[]
  /** Ops that must run before this one although it does not read their results. */
  readonly after: readonly Op[]
}

export interface PointwiseOp extends OpBase {
  readonly kind: 'pointwise'
  emit(k: KernelBuilder, x: readonly Expr[]): readonly Expr[]
  readonly shape: Shape
  /** Set if the op is a sink: it copies ins[0] to `to` and has no other result. */
  readonly sink: { readonly to: Destination; readonly overwrites: Value | null; readonly setsUp: boolean } | null
  /** True if the op reads no memory and is so cheap that every reader recomputes it. */
  readonly cheap: boolean
  /** Approximate cost of one element, in additions. */
  readonly work: number
}

export interface ReduceOp extends OpBase {
  readonly kind: 'reduce'
  readonly op: 'sum' | 'max' | 'min'
  readonly axes: readonly number[]
}

export interface RoutineOp extends OpBase {
  readonly kind: 'routine'
  readonly routine: Routine
}

/** A scan whose body is pointwise; it becomes one kernel. */
export interface ScanOp extends OpBase {
  readonly kind: 'scan'
  readonly length: number
  readonly reverse: boolean
  readonly constants: number
  readonly carries: number
  readonly time: number
  readonly body: ScanBody
}

export interface ScanBody {
  readonly ops: readonly PointwiseOp[]
  /** The values of the operands within the body: constants, carries, slices; null for a scalar literal. */
  readonly inputs: readonly (Value | null)[]
  readonly outputs: readonly Ref[]
  /** Placements of operands and results of the scan, and of the body's ops. */
  readonly ins: readonly Placement[]
  readonly outs: readonly Placement[]
  readonly places: ReadonlyMap<PointwiseOp, Placement>
}

/** A scan whose body is not pointwise. */
export interface LoopOp extends OpBase {
  readonly kind: 'loop'
  readonly length: number
  readonly body: Graph
  /** Values of the surrounding graphs that the body reads. */
  readonly reads: readonly Value[]
}

export type Op = PointwiseOp | ReduceOp | RoutineOp | ScanOp | LoopOp

/** The values that an op reads. */
export function readsOf(op: Op): readonly Value[] {
  if (op.kind === 'loop') return op.reads
  return op.ins.flatMap((r) => (r.kind === 'value' ? [r.value] : []))
}
