import { bytesOf } from '../tensor/dtype.js'
import type { Locality, SlotTouch, StraightStep } from './locality.js'
import type { Plan, Slot, Step } from '../plan/plan.js'
import { overlaps, slotSpan } from '../plan/span.js'
import { isTileable, type TileOf } from './tileStep.js'

/**
 * A band: so many of the first steps, done together tile by tile of a partition, and the slots that lie in a tile's own
 * memory meanwhile.
 */
export interface Growth<L extends Locality> {
  /** Members of the partition. */
  readonly count: number
  readonly localities: readonly L[]
  /** The slots that only these steps touch, with their runs. */
  readonly runs: ReadonlyMap<number, number>
  /** Bytes of those slots. */
  readonly kept: number
  /** Slots that need memory that they share with no other. */
  readonly apart: ReadonlySet<number>
}

/** What a backend allows in a band. */
export interface BandRules<L extends Locality> {
  /** The step as one that is local to the members of a partition of `count`, or null where it is not. */
  localize(step: Step, count: number): L | null
  /** Whether so many steps may be one band. */
  fits(localities: readonly L[]): boolean
  /** Whether the backend moves a slot to memory of its own where one that shares its memory stands in the way. */
  readonly mayMove: boolean
}

/** Steps that are looked at for what the partition could be. */
const AHEAD = 16

/** How often every slot is touched by the steps. */
export function countUses(steps: readonly Step[], uses = new Map<number, number>()): ReadonlyMap<number, number> {
  for (const s of steps) {
    if (s.kind === 'loop') countUses(s.steps, uses)
    else {
      const operands = s.kind === 'kernel' ? [...s.loads, ...s.stores] : [...s.ins, ...s.outs]
      for (const o of operands) uses.set(o.slot, (uses.get(o.slot) ?? 0) + 1)
    }
  }
  return uses
}

/**
 * Numbers of members, at least `least`, that a partition might have: the rows of products, and what they are a multiple
 * of in the kernels beside them.
 */
export function partitionsOf(steps: readonly Step[], least: number): ReadonlySet<number> {
  const found = new Set<number>()
  const near = straightSteps(steps, AHEAD)
  for (const dot of near) {
    if (dot.kind !== 'routine' || dot.routine.kind !== 'dot') continue
    const { m, n, a } = dot.routine
    const rows = new Map([
      [dot.ins[0]!.slot, a.m],
      [dot.outs[0]!.slot, n],
    ])
    for (const step of near) {
      if (step.kind !== 'kernel') continue
      const { kernel } = step
      const operands = [...step.loads, ...step.stores]
      for (const [i, access] of [...kernel.loads, ...kernel.stores].entries()) {
        const row = rows.get(operands[i]!.slot)
        if (row === undefined || row <= 0) continue
        for (const [axis, length] of kernel.space.entries()) {
          const members = (length * access.strides[axis]!) / row
          if (axis !== kernel.time && Number.isInteger(members) && members >= least && m % members === 0)
            found.add(members)
        }
      }
    }
  }
  return found
}

/** The first steps, those of loops among them. */
function straightSteps(steps: readonly Step[], most: number): StraightStep[] {
  const found: StraightStep[] = []
  for (const s of steps) {
    if (found.length >= most) break
    if (s.kind === 'loop') found.push(...straightSteps(s.steps, most - found.length))
    else found.push(s)
  }
  return found
}

/** What is known of a slot after some steps. */
interface State {
  readonly written: boolean
  /** All of it is written before anything is read. */
  readonly filledFirst: boolean
  readonly run: number | null
  readonly steady: boolean
  readonly uses: number
}

type States = ReadonlyMap<number, State>

/** The longest band of the first steps with a partition of `count` members, or null; `depth` loops enclose them. */
export function growBand<L extends Locality>(
  plan: Plan,
  steps: readonly Step[],
  count: number,
  depth: number,
  uses: ReadonlyMap<number, number>,
  rules: BandRules<L>,
): Growth<L> | null {
  const isOwn = (slot: number, s: State): boolean => {
    const { kind, size } = plan.slots[slot]!
    return (
      kind === 'temporary' &&
      s.filledFirst &&
      s.steady &&
      s.run !== null &&
      s.uses === uses.get(slot) &&
      size % (s.run * count) === 0
    )
  }
  const localities: L[] = []
  const after: States[] = [new Map()]
  for (const step of steps) {
    const local = rules.localize(step, count)
    const next = local && add(plan, after.at(-1)!, local.touches, count)
    if (local === null || next === null) break
    localities.push(local)
    after.push(next)
  }
  for (let length = localities.length; length >= 1; length--) {
    const taken = localities.slice(0, length)
    if (length === 1 && taken[0]!.kind !== 'loop') return null
    if (!rules.fits(taken)) continue
    const states = after[length]!
    const owned = [...states].filter(([slot, s]) => isOwn(slot, s))
    const runs = new Map(owned.map(([slot, s]) => [slot, s.run!]))
    const of: TileOf = { count, tile: 1, runs, depth }
    if (!taken.every((l) => isTileable(l, of))) continue
    // What stands in the way of some steps may be the band's own after some more.
    const across = crossings(plan, states, isOwn)
    if (across.some((pair) => !rules.mayMove || !pair.some((slot) => canMove(plan, slot)))) continue
    const kept = owned.reduce((n, [slot]) => n + bytesIn(plan.slots[slot]!), 0)
    return { count, localities: taken, runs, kept, apart: moved(plan, across) }
  }
  return null
}

const bytesIn = (slot: Slot): number => slot.size * bytesOf(slot.dtype)

/** The slots after one more step, or null where it would touch what belongs to other members of a slot that is written. */
function add(plan: Plan, before: States, touches: readonly SlotTouch[], count: number): States | null {
  const next = new Map(before)
  for (const t of touches) {
    const { size } = plan.slots[t.slot]!
    if (t.writes && size % count !== 0) return null
    const s = next.get(t.slot)
    next.set(t.slot, {
      written: t.writes || s?.written === true,
      filledFirst: s?.filledFirst ?? (t.writes && t.elements === size),
      run: s === undefined || s.run === t.run ? t.run : null,
      steady: t.steady && s?.steady !== false,
      uses: (s?.uses ?? 0) + 1,
    })
  }
  return [...next.values()].some((s) => s.written && s.run === null) ? null : next
}

/**
 * Pairs of slots in the same memory of which the members of one do not lie where those of the other do: one tile would
 * write over what another has yet to read.
 */
function crossings(
  plan: Plan,
  states: States,
  isOwn: (slot: number, s: State) => boolean,
): readonly (readonly [number, number])[] {
  const found: [number, number][] = []
  const list = [...states]
  for (const [i, [x, a]] of list.entries()) {
    for (const [y, b] of list.slice(i + 1)) {
      if (!(a.written || b.written) || !overlaps(slotSpan(plan, x), slotSpan(plan, y))) continue
      if (isOwn(x, a) || isOwn(y, b)) continue
      if (a.run === null || a.run !== b.run || !sameStart(plan.slots[x]!, plan.slots[y]!)) found.push([x, y])
    }
  }
  return found
}

const canMove = (plan: Plan, slot: number): boolean => plan.slots[slot]!.kind === 'temporary'

/** Of every pair the smaller slot, unless one of them is moved already. */
function moved(plan: Plan, pairs: readonly (readonly [number, number])[]): ReadonlySet<number> {
  const apart = new Set<number>()
  for (const pair of pairs) {
    if (pair.some((slot) => apart.has(slot))) continue
    const [x, y] = pair.filter((slot) => canMove(plan, slot)) as [number, number?]
    apart.add(y !== undefined && bytesIn(plan.slots[y]!) < bytesIn(plan.slots[x]!) ? y : x)
  }
  return apart
}

const sameStart = (x: Slot, y: Slot): boolean =>
  bytesOf(x.dtype) === bytesOf(y.dtype) &&
  (x.kind !== 'temporary' || (y.kind === 'temporary' && x.byteOffset === y.byteOffset))
