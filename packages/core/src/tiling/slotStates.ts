import type { Plan, Step } from '../plan/plan.js'
import type { AccessFootprint } from './partitionStep.js'

/** How the first steps of a fusion candidate, taken together, access one slot. */
export interface SlotState {
  readonly written: boolean
  /** True if the first access writes the whole slot. */
  readonly filledFirst: boolean
  /** Null if the accesses do not agree on one row extent. */
  readonly rowExtent: number | null
  readonly invariant: boolean
  readonly accesses: number
}

export type SlotStates = ReadonlyMap<number, SlotState>

/** The number of operands in the steps, loops included, that name each slot. */
export function countAccesses(steps: readonly Step[], counts = new Map<number, number>()): ReadonlyMap<number, number> {
  for (const s of steps) {
    if (s.kind === 'loop') countAccesses(s.steps, counts)
    else {
      const operands = s.kind === 'kernel' ? [...s.loads, ...s.stores] : [...s.ins, ...s.outs]
      for (const o of operands) counts.set(o.slot, (counts.get(o.slot) ?? 0) + 1)
    }
  }
  return counts
}

/** The states after one more step; null if a slot that the steps write would be accessed across rows. */
export function addFootprints(
  { slots }: Pick<Plan, 'slots'>,
  before: SlotStates,
  footprints: readonly AccessFootprint[],
  partitionSize: number,
): SlotStates | null {
  const next = new Map(before)
  for (const f of footprints) {
    const { size } = slots[f.slot]!
    if (f.writes && size % partitionSize !== 0) return null
    const s = next.get(f.slot)
    next.set(f.slot, {
      written: f.writes || s?.written === true,
      filledFirst: s?.filledFirst ?? (f.writes && f.elements === size),
      rowExtent: s === undefined || s.rowExtent === f.rowExtent ? f.rowExtent : null,
      invariant: f.invariant && s?.invariant !== false,
      accesses: (s?.accesses ?? 0) + 1,
    })
  }
  return [...next.values()].some((s) => s.written && s.rowExtent === null) ? null : next
}
