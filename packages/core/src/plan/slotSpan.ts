import { bytesOf } from '../tensor/dtype.js'
import type { Plan } from './plan.js'

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
