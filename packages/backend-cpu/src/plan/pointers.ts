import { type DType, type Operand, type Plan, aligned, bytesOf, slotSpan } from '@spikeward/core/backend'
import type { Build } from './build.js'
import type { Pointer } from './phase.js'

/** Entry of the scratch memory in a run's table, which holds an address for every slot before it. */
export const scratchEntry = (plan: Plan): number => plan.slots.length

/** The address of an operand's element `element`. */
export function operandPointer(build: Build, operand: Operand, dtype: DType, element = 0): Pointer {
  const size = bytesOf(dtype)
  const offset = (operand.offset + element) * size
  const local = build.local?.get(operand.slot)
  if (local !== undefined) return { ...local, offset: local.offset + offset }
  return {
    entry: operand.slot,
    offset,
    advance: operand.advance.map((a) => a * size),
    perThread: 0,
    span: slotSpan(build.plan, operand.slot),
  }
}

/** An address in scratch memory. */
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

/** Scratch memory with `bytes` for each thread. */
export function threadPointer(build: Build, bytes: number): Pointer {
  const each = aligned(bytes)
  const all = build.workers * each
  return { ...scratchPointer(build.plan, build.scratch(all), all), perThread: each }
}
