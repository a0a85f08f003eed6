import type { DType } from '../tensor/dtype.js'
import type { Kernel } from './kernel.js'

/**
 * A Plan is a whole Program, ready to run: steps in order, and a place in memory for every value. It holds everything
 * that a backend needs.
 */
export interface Plan {
  readonly slots: readonly Slot[]
  /** Number of input and output buffers of a run. */
  readonly inputs: number
  readonly outputs: number
  /** donations[j] = i: output j is written to the buffer of input i, which the caller passes as both; null otherwise. */
  readonly donations: readonly (number | null)[]
  /** Bytes of memory for temporaries; a backend allocates it once, when it compiles. */
  readonly workspace: number
  readonly steps: readonly Step[]
}

/**
 * A place in memory. Sizes in elements; temporaries are at a byte offset (a multiple of 64) of the workspace; two of
 * them may share memory if their lifetimes do not overlap.
 */
export type Slot =
  | { readonly kind: 'input' | 'output'; readonly index: number; readonly dtype: DType; readonly size: number }
  | { readonly kind: 'temporary'; readonly byteOffset: number; readonly dtype: DType; readonly size: number }

/** An operand starts at element `offset` + Σ advance[d] · iteration[d] of a slot, where iteration[d] is that of the enclosing loop at depth d (0 outermost). */
export interface Operand {
  readonly slot: number
  readonly offset: number
  readonly advance: readonly number[]
}

/**
 * One step of a Plan: a kernel with an operand for each of its accesses, a routine, or a loop that runs its steps `length`
 * times in order. Steps run one after the other; each sees what the steps before it wrote.
 */
export type Step =
  | {
      readonly kind: 'kernel'
      readonly kernel: Kernel
      readonly loads: readonly Operand[]
      readonly stores: readonly Operand[]
    }
  | {
      readonly kind: 'routine'
      readonly routine: Routine
      readonly ins: readonly Operand[]
      readonly outs: readonly Operand[]
    }
  | { readonly kind: 'loop'; readonly length: number; readonly steps: readonly Step[] }

/** Work that is not a kernel. */
export type Routine = DotRoutine | GatherRoutine | ScatterAddRoutine | CholeskyRoutine | TriangularSolveRoutine

/**
 * C[b,i,j] = Σ_k A[b,i,k] B[b,k,j] for b < batch, i < m, j < n, k < k. Strides in elements, 0 where an operand is
 * shared by the whole batch. C is contiguous: [batch, m, n]. ins = [A, B], outs = [C].
 * `binary` is true if every element of A is 0 or 1: the product can then add up rows of B, event-driven.
 */
export interface DotRoutine {
  readonly kind: 'dot'
  readonly dtype: 'f32' | 'f64'
  readonly batch: number
  readonly m: number
  readonly n: number
  readonly k: number
  readonly a: { readonly batch: number; readonly m: number; readonly k: number }
  readonly b: { readonly batch: number; readonly k: number; readonly n: number }
  readonly binary: boolean
}

/** out[i, :] = x[clamp(index[i], 0, rows − 1), :]; ins = [x (rows × width), index (count, i32 or u32)], outs = [out (count × width)]. */
export interface GatherRoutine {
  readonly kind: 'gather'
  readonly dtype: DType
  readonly index: 'i32' | 'u32'
  readonly rows: number
  readonly width: number
  readonly count: number
}

/** out = 0; then in order of i: out[clamp(index[i], 0, rows − 1), :] += update[i, :]; ins = [update (count × width), index], outs = [out (rows × width)]. */
export interface ScatterAddRoutine {
  readonly kind: 'scatterAdd'
  readonly dtype: 'f32' | 'f64'
  readonly index: 'i32' | 'u32'
  readonly rows: number
  readonly width: number
  readonly count: number
}

/** Lower Cholesky factor of `batch` symmetric positive definite n × n matrices (only the lower triangle is read, the upper of the result is 0; not positive definite: NaN). ins = [A], outs = [L]. */
export interface CholeskyRoutine {
  readonly kind: 'cholesky'
  readonly dtype: 'f32' | 'f64'
  readonly batch: number
  readonly n: number
}

/** Solves L X = B, or Lᵀ X = B with `transposed`, by substitution: L lower triangular n × n, B and X n × m, row-major. ins = [L, B], outs = [X]. */
export interface TriangularSolveRoutine {
  readonly kind: 'triangularSolve'
  readonly dtype: 'f32' | 'f64'
  readonly batch: number
  readonly n: number
  readonly m: number
  readonly transposed: boolean
}
