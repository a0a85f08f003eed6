import type { Aval, Shape } from '../tensor/aval.js'
import type { DType } from '../tensor/dtype.js'
import type { Expr, KernelBuilder } from '../program/kernelBuilder.js'
import type { Placement } from './subAxes.js'
import type { Routine } from '../plan/plan.js'

/**
 * The graph between Program and Plan: views are gone (every operand is a strided reading of a value that could lie in
 * memory), inlined programs are gone, and what is left is work (`Op`) on values.
 */
export interface Graph {
  readonly ops: Op[]
  /** Number of loops around it. */
  readonly depth: number
}

/** A value that may be given memory: contiguous, row-major, of its aval's shape. */
export interface Value {
  readonly id: number
  readonly aval: Aval
  /** The ops that write it: one, or the parts of an assembled value, or a loop and what sets its carry up. */
  readonly writers: Op[]
  readonly external: { readonly kind: 'input' | 'output'; readonly index: number } | null
  /** Where its elements lie when not in memory of its own: contiguous from `offset` of another value, in place of the copy `by`. */
  place: {
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

/** A strided reading of a value: element address offset + Σ strides[a]·coordinate[a] + Σ advance[d]·iteration[d]. Axes of length 1 have stride 0. */
export interface ValueRef {
  readonly kind: 'value'
  readonly dtype: DType
  readonly shape: Shape
  readonly value: Value
  readonly offset: number
  readonly strides: readonly number[]
  readonly advance: readonly number[]
}

/** offset + Σ steps[a]·coordinate[a] */
export interface Form {
  readonly offset: number
  readonly steps: readonly number[]
}

/** A value so cheap that every reader computes it: output `out` of `op` at the coordinates `axes` of the reader's coordinates. */
export interface RecipeRef {
  readonly kind: 'recipe'
  readonly dtype: DType
  readonly shape: Shape
  readonly op: PointwiseOp
  readonly out: number
  readonly axes: readonly Form[]
}

export type Ref = LiteralRef | ValueRef | RecipeRef

/** Where an op puts its result, when not into its own contiguous memory. */
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
  /** Ops that must have run before, for other reasons than data. */
  readonly after: readonly Op[]
}

export interface PointwiseOp extends OpBase {
  readonly kind: 'pointwise'
  emit(k: KernelBuilder, x: readonly Expr[]): readonly Expr[]
  readonly shape: Shape
  /** Result 0 is written there and nowhere else: a sink, an identity of ins[0]. */
  readonly sink: { readonly to: Destination; readonly overwrites: Value | null; readonly setsUp: boolean } | null
  /** True where it depends on no memory and takes so little that every reader computes it. */
  readonly cheap: boolean
  /** About how many additions one element takes. */
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

/** A scan whose body is pointwise: one kernel. */
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
  /** Values that stand for the operands: constants, carries, slices; null where the operand is a scalar literal. */
  readonly inputs: readonly (Value | null)[]
  readonly outputs: readonly Ref[]
  /** Placements of operands and results of the scan, and of the body's ops. */
  readonly ins: readonly Placement[]
  readonly outs: readonly Placement[]
  readonly places: ReadonlyMap<PointwiseOp, Placement>
}

/** A scan whose body holds more than pointwise work. */
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
