import {
  arrange,
  countUses,
  evenTile,
  growBand,
  localityOf,
  partitionsOf,
  rowsIn,
  tileMemory,
  tileStep,
} from '@spikeward/core/backend'
import type { BandRules, Growth, Locality, Plan, Slot, Step, StraightStep, TileOf } from '@spikeward/core/backend'
import type { BandTraits } from '../device/traits.js'
import { sumsAlike } from '../routines/dot.js'

/**
 * Consecutive steps, loops among them, that a workgroup does alone for one tile of a batch after another: a loop over
 * chunks of time is then no reason for a dispatch each turn. What one step of a tile leaves for the next lies in memory of
 * the workgroup's own.
 */
export interface Band {
  readonly kind: 'band'
  /** Tiles from number `first` on, dealt out to `groups` workgroups. */
  readonly first: number
  readonly tiles: number
  readonly groups: number
  /** How many of such tiles make up the whole batch. */
  readonly share: number
  /** Operands advance with the tile: the innermost of the loops around. */
  readonly steps: readonly Step[]
}

/** A step of a plan of which some are bands. */
export type Item =
  | StraightStep
  | Band
  | { readonly kind: 'loop'; readonly length: number; readonly steps: readonly Item[] }

/** A plan with bands, and where its slots lie then. */
export interface BandedPlan extends Omit<Plan, 'steps'> {
  readonly steps: readonly Item[]
  /** Slots in memory of a workgroup's own: bytes from one workgroup's to the next one's. */
  readonly own: ReadonlyMap<number, number>
}

/** What is known of a step: whether one workgroup does it in no time, and lines of WGSL. */
export interface Measure {
  (step: Step, depth: number): { readonly small: boolean; readonly size: number }
}

/** Lines of code up to which steps share a band, and up to which a loop is one: compilers take far more than twice as long for twice the length. */
const CODE = 600
const LOOP_CODE = 1200

/** The same, each step looked at once: it has to be written out as code to know. */
function remembered(measure: Measure): Measure {
  const known = new WeakMap<Step, ReturnType<Measure>>()
  return (step, depth) => {
    const found = known.get(step) ?? measure(step, depth)
    known.set(step, found)
    return found
  }
}

const hasLoop = (steps: readonly Step[]): boolean => steps.some((s) => s.kind === 'loop')

/**
 * The plan with those steps as bands that hold a loop which the host would have to walk, or that would pass much through
 * shared memory.
 */
export function banded(plan: Plan, shape: BandTraits, measureAnew: Measure): BandedPlan {
  const measure = remembered(measureAnew)
  const uses = countUses(plan.steps)
  const rows = rowsIn(plan.steps)
  const runs = new Map<number, { readonly from: number; readonly to: number; readonly stride: number }>()
  const apart = new Set<number>()
  let ownBytes = 0

  const bandFrom = (steps: readonly Step[], depth: number): { bands: readonly Band[]; length: number } | null => {
    const hosted = (local: Locality, step: Step): boolean => local.kind === 'loop' && !measure(step, depth).small
    const sizeOf = (length: number): number => steps.slice(0, length).reduce((n, s) => n + measure(s, depth).size, 0)
    const rules = (): BandRules<Locality> => {
      let most = 0
      return {
        localize: (step, count) => localityOf(step, count, sumsAlike, rows),
        // Lengths are asked for from the greatest down. What is too long ends with a loop: the rest may be a band of its own.
        fits({ length }) {
          most = Math.max(most, length)
          const whole = length === most || steps[length - 1]!.kind === 'loop' || !hasLoop(steps.slice(0, length))
          return whole && sizeOf(length) <= (length === 1 ? LOOP_CODE : CODE)
        },
        mayMove: true,
      }
    }
    let best: Growth<Locality> | null = null
    for (const count of partitionsOf(steps, shape.tiles)) {
      const growth = growBand(plan, steps, count, depth, uses, rules())
      if (growth === null || (best !== null && growth.kept <= best.kept)) continue
      if (growth.kept >= shape.kept || growth.localities.some((l, i) => hosted(l, steps[i]!))) best = growth
    }
    if (best === null) return null
    const { count, localities } = best
    const member = best.kept / count
    const most = Math.floor(Math.min(shape.near / member, shape.own / (member * shape.tiles), count / shape.tiles))
    const tile = evenTile(count, Math.max(1, most), 1)
    const of: TileOf = { count, tile, runs: best.runs, depth }
    const whole = Math.floor(count / tile)
    const { bytes, own } = tileMemory(plan.slots, of)
    const stride = Math.ceil(bytes / 64) * 64
    const groups = Math.min(whole, shape.groups, Math.floor(shape.own / Math.max(stride, 1)))
    // Where a tile of one member is too large for as many as that, it is better spread over all threads.
    if (groups < Math.min(whole, shape.tiles)) return null
    const band = (members: number, over: Pick<Band, 'first' | 'tiles' | 'groups'>): Band => ({
      kind: 'band',
      ...over,
      share: Math.ceil(count / members),
      steps: localities.map((l) => tileStep(l, of, members)),
    })
    // A shorter tile at the end is a dispatch of its own: its code is another.
    const left = count % tile
    const bands = [
      band(tile, { first: 0, tiles: whole, groups }),
      ...(left === 0 ? [] : [band(left, { first: whole, tiles: 1, groups: 1 })]),
    ]
    for (const [slot, span] of own) runs.set(slot, { ...span, stride })
    for (const slot of best.apart) apart.add(slot)
    ownBytes = Math.max(ownBytes, groups * stride)
    return { bands, length: localities.length }
  }

  const itemsOf = (steps: readonly Step[], depth: number): Item[] => {
    const items: Item[] = []
    for (let i = 0; i < steps.length; ) {
      const found = bandFrom(steps.slice(i), depth)
      const step = steps[i]!
      if (found !== null) items.push(...found.bands)
      else if (step.kind === 'loop' && !measure(step, depth).small)
        items.push({ ...step, steps: itemsOf(step.steps, depth + 1) })
      else items.push(step)
      i += found?.length ?? 1
    }
    return items
  }

  const steps = itemsOf(plan.steps, 0)
  const { places, workspace } = arrange(plan, new Set(runs.keys()), apart)
  const slots = plan.slots.map((slot, i): Slot => {
    const own = runs.get(i)
    if (slot.kind !== 'temporary') return slot
    if (own === undefined) return { ...slot, byteOffset: places.get(i)! }
    return { ...slot, byteOffset: workspace + own.from, size: (own.to - own.from) / 4 }
  })
  return {
    ...plan,
    slots,
    steps,
    workspace: workspace + ownBytes,
    own: new Map([...runs].map(([slot, { stride }]) => [slot, stride])),
  }
}
