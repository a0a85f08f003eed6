import { bytesOf } from '../tensor/dtype.js'
import { overlaps, type Plan, type Slot, slotSpan } from '../plan/plan.js'
import type { SlotState, SlotStates } from './slotStates.js'

type Pair = readonly [number, number]

/** Bytes of a slot. */
export const bytesIn = (slot: Slot): number => slot.size * bytesOf(slot.dtype)

/** Bytes of all temporaries of a plan: no group of its steps makes more bytes tile-local. */
export const temporaryBytes = ({ slots }: Plan): number =>
  slots.reduce((sum, slot) => (slot.kind === 'temporary' ? sum + bytesIn(slot) : sum), 0)

/**
 * Pairs of slots that share memory in which their rows are at different places: one tile would overwrite rows that
 * another tile has yet to read. Tile-local slots conflict with none.
 */
export function aliasConflicts(
  plan: Plan,
  states: SlotStates,
  isLocal: (slot: number, state: SlotState) => boolean,
): readonly Pair[] {
  const pairs: Pair[] = []
  const list = [...states]
  for (const [i, [x, a]] of list.entries()) {
    for (const [y, b] of list.slice(i + 1)) {
      if (!(a.written || b.written) || !overlaps(slotSpan(plan, x), slotSpan(plan, y))) continue
      if (isLocal(x, a) || isLocal(y, b)) continue
      if (a.rowExtent === null || a.rowExtent !== b.rowExtent || !sameStart(plan.slots[x]!, plan.slots[y]!))
        pairs.push([x, y])
    }
  }
  return pairs
}

/** True if moving one slot of the pair to separate memory resolves the conflict: only temporaries can move. */
export const isResolvable = (plan: Plan, pair: Pair): boolean => pair.some((slot) => canMove(plan, slot))

/**
 * The slots to move to memory that they share with no other slot: the smaller of each pair, unless one moves already.
 */
export function slotsToSeparate(plan: Plan, pairs: readonly Pair[]): ReadonlySet<number> {
  const nonAliased = new Set<number>()
  for (const pair of pairs) {
    if (pair.some((slot) => nonAliased.has(slot))) continue
    const [x, y] = pair.filter((slot) => canMove(plan, slot)) as [number, number?]
    nonAliased.add(y !== undefined && bytesIn(plan.slots[y]!) < bytesIn(plan.slots[x]!) ? y : x)
  }
  return nonAliased
}

const canMove = (plan: Plan, slot: number): boolean => plan.slots[slot]!.kind === 'temporary'

const sameStart = (x: Slot, y: Slot): boolean =>
  bytesOf(x.dtype) === bytesOf(y.dtype) &&
  (x.kind !== 'temporary' || (y.kind === 'temporary' && x.byteOffset === y.byteOffset))
