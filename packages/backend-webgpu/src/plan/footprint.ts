import {
  accessRange,
  bytesOf,
  slotSpan,
  type Access,
  type Operand,
  type Plan,
  type Step,
} from '@spikeward/core/backend'

/** Memory that a step reads or writes: bytes `low` to `high` (not included) of `place`. */
export interface MemoryAccess {
  readonly place: string
  readonly low: number
  readonly high: number
  readonly write: boolean
}

/** Whether one of two steps must end before the other starts. */
export const conflicts = (a: readonly MemoryAccess[], b: readonly MemoryAccess[]): boolean =>
  a.some((x) => b.some((y) => (x.write || y.write) && x.place === y.place && x.low < y.high && y.low < x.high))

/** The parts of a plan that determine the memory of its slots. */
type Places = Pick<Plan, 'slots' | 'donations'>

/** The access footprint of a step. Operands of routines and operands that advance count as their whole slots. */
export function footprintOf(plan: Places, step: Step): MemoryAccess[] {
  switch (step.kind) {
    case 'loop':
      return step.steps.flatMap((s) => footprintOf(plan, s))
    case 'routine':
      return [
        ...step.ins.map((o) => accessOf(plan, o, null, [], false)),
        ...step.outs.map((o) => accessOf(plan, o, null, [], true)),
      ]
    case 'kernel': {
      const { kernel } = step
      return [
        ...step.loads.map((o, i) => accessOf(plan, o, kernel.loads[i]!, kernel.space, false)),
        ...step.stores.map((o, i) => accessOf(plan, o, kernel.stores[i]!, kernel.space, true)),
      ]
    }
  }
}

function accessOf(
  plan: Places,
  operand: Operand,
  access: Access | null,
  space: readonly number[],
  write: boolean,
): MemoryAccess {
  const slot = plan.slots[operand.slot]!
  const size = bytesOf(slot.dtype)
  const { of: place, from: base } = slotSpan(plan, operand.slot)
  if (access === null || operand.advance.some((by) => by !== 0))
    return { place, low: base, high: base + slot.size * size, write }
  // An axis of length 0 counts as one of length 1.
  const { low, high } = accessRange(
    access,
    space.map((n) => Math.max(n, 1)),
  )
  return { place, low: base + (operand.offset + low) * size, high: base + (operand.offset + high + 1) * size, write }
}
