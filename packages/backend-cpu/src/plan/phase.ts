import type { DType, Operand, Plan, Span } from '@spikeward/core/backend'
import { bytesOf, slotSpan } from '@spikeward/core/backend'
import type { FunctionRef } from '../wasm/code.js'
import type { Build } from './build.js'

/** An address: entry `entry` of the run's table, plus bytes, plus bytes for every turn of the enclosing loops and for the thread. */
export interface Pointer {
  readonly entry: number
  readonly offset: number
  readonly advance: readonly number[]
  /** Bytes from one thread's own to the next one's; 0 where all share it. */
  readonly perThread: number
  readonly span: Span
}

/**
 * A piece of a step, between two places where threads may have to wait for each other. All threads call a `parallel`
 * one and each does its share; otherwise thread 0 does it alone.
 */
export type Phase =
  | {
      readonly kind: 'call'
      readonly name: string
      readonly call: FunctionRef
      readonly pointers: readonly Pointer[]
      readonly integers: readonly number[]
      readonly parallel: boolean
      readonly reads: readonly Span[]
      readonly writes: readonly Span[]
    }
  | { readonly kind: 'loop'; readonly length: number; readonly phases: readonly Phase[] }
  | {
      /** Turns that do not depend on each other, dealt out to the threads; the last may be another one. */
      readonly kind: 'band'
      readonly turns: number
      readonly phases: readonly Phase[]
      readonly last: readonly Phase[] | null
      /** The memory of all threads' own. */
      readonly own: Span
    }

/** The table that a run is given: an address for every slot, then that of the scratch memory. */
export const scratchEntry = (plan: Plan): number => plan.slots.length

/** An operand of a step, from element `element` on. */
export function operandPointer(build: Build, operand: Operand, dtype: DType, element = 0): Pointer {
  const size = bytesOf(dtype)
  const offset = (operand.offset + element) * size
  const own = build.own?.get(operand.slot)
  if (own !== undefined) return { ...own, offset: own.offset + offset }
  return {
    entry: operand.slot,
    offset,
    advance: operand.advance.map((a) => a * size),
    perThread: 0,
    span: slotSpan(build.plan, operand.slot),
  }
}

/** A place in scratch memory, which a step may use as it likes. */
export const scratchPointer = (
  plan: Plan,
  offset: number,
  bytes: number,
  advance: readonly number[] = [],
): Pointer => ({
  entry: scratchEntry(plan),
  offset,
  advance,
  perThread: 0,
  span: { of: 'scratch', from: offset, to: offset + bytes },
})

/** Scratch memory of which every thread has `bytes` of its own. */
export function threadPointer(build: Build, bytes: number): Pointer {
  const each = Math.ceil(bytes / 64) * 64
  const all = build.workers * each
  return { ...scratchPointer(build.plan, build.scratch(all), all), perThread: each }
}
