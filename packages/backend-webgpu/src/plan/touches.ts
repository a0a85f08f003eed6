import { bytesOf, slotSpan, type Access, type Operand, type Plan, type Step } from '@spikeward/core/backend'

/** A stretch of memory that a step reads or writes: bytes `low` to `high` (not included) of `place`. */
export interface Touch {
  readonly place: string
  readonly low: number
  readonly high: number
  readonly write: boolean
}

/** Whether one must be done before the other begins. */
export const conflict = (a: readonly Touch[], b: readonly Touch[]): boolean =>
  a.some((x) => b.some((y) => (x.write || y.write) && x.place === y.place && x.low < y.high && y.low < x.high))

/** Of a plan, where its slots lie. */
type Places = Pick<Plan, 'slots' | 'donations'>

/** What a step touches. The operands of a routine, and inside a loop whatever advances, count as the whole of their slots. */
export function touchesOf(plan: Places, step: Step): Touch[] {
  switch (step.kind) {
    case 'loop':
      return step.steps.flatMap((s) => touchesOf(plan, s))
    case 'routine':
      return [
        ...step.ins.map((o) => touch(plan, o, null, [], false)),
        ...step.outs.map((o) => touch(plan, o, null, [], true)),
      ]
    case 'kernel': {
      const { kernel } = step
      return [
        ...step.loads.map((o, i) => touch(plan, o, kernel.loads[i]!, kernel.space, false)),
        ...step.stores.map((o, i) => touch(plan, o, kernel.stores[i]!, kernel.space, true)),
      ]
    }
  }
}

function touch(plan: Places, operand: Operand, access: Access | null, space: readonly number[], write: boolean): Touch {
  const slot = plan.slots[operand.slot]!
  const size = bytesOf(slot.dtype)
  const { of: place, from: base } = slotSpan(plan, operand.slot)
  if (access === null || operand.advance.some((by) => by !== 0))
    return { place, low: base, high: base + slot.size * size, write }
  const reach = space.map((n, a) => access.strides[a]! * Math.max(n - 1, 0))
  const first = operand.offset + access.offset + reach.reduce((sum, r) => sum + Math.min(r, 0), 0)
  const last = operand.offset + access.offset + reach.reduce((sum, r) => sum + Math.max(r, 0), 0)
  return { place, low: base + first * size, high: base + (last + 1) * size, write }
}
