import { type DType, bytesOf } from '../tensor/dtype.js'
import type { Routine } from '../routines/routines.js'
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
  /**
   * donations[j] = i: output j is written to the buffer of input i, which the caller passes as both; null otherwise.
   */
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

/**
 * An operand starts at element `offset` + Σ advance[d] · iteration[d] of a slot, where iteration[d] is that of the
 * enclosing loop at depth d (0 outermost).
 */
export interface Operand {
  readonly slot: number
  readonly offset: number
  readonly advance: readonly number[]
}

/**
 * One step of a Plan: a kernel with an operand for each of its accesses, a routine, or a loop that runs its steps
 * `length` times in order. Steps run one after the other; each sees the results of those before it.
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

/** A range of memory: bytes `from` to `to` (not included) of the workspace, or a whole buffer of the run. */
export interface Span {
  readonly of: string
  readonly from: number
  readonly to: number
}

/** The memory of a slot. Slots with a different `of` share no byte. */
export function slotSpan(plan: Pick<Plan, 'slots' | 'donations'>, index: number): Span {
  const slot = plan.slots[index]!
  switch (slot.kind) {
    case 'temporary':
      return { of: 'workspace', from: slot.byteOffset, to: slot.byteOffset + slot.size * bytesOf(slot.dtype) }
    case 'input':
      return { of: `input ${slot.index}`, from: 0, to: Infinity }
    case 'output': {
      const donated = plan.donations[slot.index] ?? null
      return { of: donated === null ? `output ${slot.index}` : `input ${donated}`, from: 0, to: Infinity }
    }
  }
}

/** True if two ranges share a byte. */
export const overlaps = (a: Span, b: Span): boolean => a.of === b.of && a.from < b.to && b.from < a.to
