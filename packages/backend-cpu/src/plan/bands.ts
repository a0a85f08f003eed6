import { bytesOf } from '@spikeward/core/backend'
import type { Plan, Slot, Step } from '@spikeward/core/backend'
import type { StraightStep } from './build.js'
import { localityOf, type Locality, type Touch } from './locality.js'
import { slotSpan, overlaps } from './phase.js'
import { isTileable, tileStep, type TileOf } from './tile.js'

/**
 * Consecutive steps done together, tile by tile of a partition (some rows of a batch at a time): what one step of a tile
 * leaves for the next lies in memory of the thread's own that stays in its cache, and is never written out. Every element is
 * computed as it would be without.
 */
export interface Band {
  readonly kind: 'band'
  readonly count: number
  readonly tile: number
  readonly tiles: number
  /** Bytes of a tile's own memory, and from where to where every slot that lies in it has its part. */
  readonly bytes: number
  readonly own: ReadonlyMap<number, { readonly from: number; readonly to: number }>
  /** The steps of a tile of `members` members; their operands advance with the turn of the loop over tiles. */
  readonly steps: (members: number) => readonly StraightStep[]
}

/** Limits of what is done in bands, in bytes. */
export interface BandLimits {
  /** Memory of a tile: a part of the second-level cache. */
  readonly tile: number
  /** What a band must keep out of memory to be worth it. */
  readonly kept: number
}

export const usualBands: BandLimits = { tile: 160 << 10, kept: 512 << 10 }

/** Tiles that a band has at least, so that they can be dealt out fairly. */
const LEAST_TILES = 16
/** Fewer rows make another kind of product, with other sums. */
const LEAST_MEMBERS = 4
/** Steps that are looked at for what the partition could be. */
const AHEAD = 16

/** The steps in order, consecutive ones as bands where that is worth it. `depth`: loops around them. */
export function bandsOf(
  plan: Plan,
  steps: readonly Step[],
  depth: number,
  uses: ReadonlyMap<number, number>,
  limits: BandLimits,
): readonly (Step | Band)[] {
  const out: (Step | Band)[] = []
  for (let i = 0; i < steps.length; ) {
    const found = bandFrom(plan, steps.slice(i), depth, uses, limits)
    out.push(found === null ? steps[i]! : found.band)
    i += found?.length ?? 1
  }
  return out
}

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

function bandFrom(
  plan: Plan,
  steps: readonly Step[],
  depth: number,
  uses: ReadonlyMap<number, number>,
  limits: BandLimits,
): { readonly band: Band; readonly length: number } | null {
  let best: Growth | null = null
  for (const count of partitions(steps)) {
    const growth = grow(plan, steps, count, depth, uses)
    if (growth !== null && growth.kept >= Math.max(limits.kept, (best?.kept ?? 0) + 1)) best = growth
  }
  if (best === null) return null
  const { count, localities, runs } = best
  const fit = Math.floor(limits.tile / (best.kept / count))
  const tile = evenTile(count, Math.max(LEAST_MEMBERS, Math.min(fit, Math.ceil(count / LEAST_TILES))))
  const of: TileOf = { count, tile, runs, depth }
  const own = new Map<number, { from: number; to: number }>()
  let bytes = 0
  for (const slot of runs.keys()) {
    const { size, dtype } = plan.slots[slot]!
    const to = bytes + (size / count) * tile * bytesOf(dtype)
    own.set(slot, { from: bytes, to })
    bytes = Math.ceil(to / 64) * 64
  }
  const band: Band = {
    kind: 'band',
    count,
    tile,
    tiles: Math.ceil(count / tile),
    bytes,
    own,
    steps: (members) => localities.map((l) => tileStep(l, of, members)),
  }
  return { band, length: localities.length }
}

/** The largest tile up to `most` that leaves no rest, if there is one of at least half of it; the rest is never too small. */
function evenTile(count: number, most: number): number {
  for (let t = most; t >= most / 2 && t >= LEAST_MEMBERS; t--) if (count % t === 0) return t
  for (let t = most; ; t++) if (count % t >= LEAST_MEMBERS || count % t === 0) return t
}

/** Numbers of members that a partition might have: the rows of products, and what they are a multiple of in the kernels beside them. */
function partitions(steps: readonly Step[]): ReadonlySet<number> {
  const found = new Set<number>()
  const near = steps.slice(0, AHEAD)
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
          if (axis !== kernel.time && Number.isInteger(members) && members >= 2 * LEAST_MEMBERS && m % members === 0)
            found.add(members)
        }
      }
    }
  }
  return found
}

/** A band in the making: so many of the first steps, and the slots that would lie in a tile's own memory. */
interface Growth {
  readonly count: number
  readonly localities: readonly Locality[]
  readonly runs: ReadonlyMap<number, number>
  /** Bytes of those slots. */
  readonly kept: number
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

/** The longest band of the first steps with this partition. */
function grow(
  plan: Plan,
  steps: readonly Step[],
  count: number,
  depth: number,
  uses: ReadonlyMap<number, number>,
): Growth | null {
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
  const localities: Locality[] = []
  const after: States[] = [new Map()]
  for (const step of steps) {
    const local = localityOf(step, count)
    const next = local && add(plan, after.at(-1)!, local.touches, count, isOwn)
    if (local === null || next === null) break
    localities.push(local)
    after.push(next)
  }
  for (let length = localities.length; length >= 2; length--) {
    const owned = [...after[length]!].filter(([slot, s]) => isOwn(slot, s))
    const runs = new Map(owned.map(([slot, s]) => [slot, s.run!]))
    const of: TileOf = { count, tile: 1, runs, depth }
    const fits = localities.slice(0, length).every((l) => l.kind === 'kernel' || isTileable(l.step, of))
    if (!fits) continue
    const kept = owned.reduce((n, [slot]) => n + plan.slots[slot]!.size * bytesOf(plan.slots[slot]!.dtype), 0)
    return { count, localities: localities.slice(0, length), runs, kept }
  }
  return null
}

/** The slots after one more step, or null where it would touch what belongs to other members of a slot that is written. */
function add(
  plan: Plan,
  before: States,
  touches: readonly Touch[],
  count: number,
  isOwn: (slot: number, s: State) => boolean,
): States | null {
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
  const list = [...next]
  if (list.some(([, s]) => s.written && s.run === null)) return null
  for (const [i, [x, a]] of list.entries()) {
    for (const [y, b] of list.slice(i + 1)) {
      // Of two slots in the same memory the members of one must lie where those of the other do.
      if (!(a.written || b.written) || !overlaps(slotSpan(plan, x), slotSpan(plan, y))) continue
      if (isOwn(x, a) || isOwn(y, b)) continue
      if (a.run === null || a.run !== b.run || !sameStart(plan.slots[x]!, plan.slots[y]!)) return null
    }
  }
  return next
}

const sameStart = (x: Slot, y: Slot): boolean =>
  bytesOf(x.dtype) === bytesOf(y.dtype) &&
  (x.kind !== 'temporary' || (y.kind === 'temporary' && x.byteOffset === y.byteOffset))
