import { evenTile, growBand, partitionsOf, straightLocality, tileMemory, tileStep } from '@spikeward/core/backend'
import type {
  BandRules,
  Growth,
  Plan,
  Step,
  StraightLocality,
  StraightStep,
  TileMemory,
  TileOf,
} from '@spikeward/core/backend'
import { packsOnce } from '../routines/dot.js'

/**
 * Consecutive steps done together, tile by tile of a partition (some rows of a batch at a time): what one step of a tile
 * leaves for the next lies in memory of the thread's own that stays in its cache, and is never written out. Every element is
 * computed as it would be without.
 */
export interface Band extends TileMemory {
  readonly kind: 'band'
  readonly count: number
  readonly tile: number
  readonly tiles: number
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

const rules: BandRules<StraightLocality> = {
  localize: (step, count) => straightLocality(step, count, packsOnce),
  fits: () => true,
  mayMove: false,
}

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

function bandFrom(
  plan: Plan,
  steps: readonly Step[],
  depth: number,
  uses: ReadonlyMap<number, number>,
  limits: BandLimits,
): { readonly band: Band; readonly length: number } | null {
  let best: Growth<StraightLocality> | null = null
  for (const count of partitionsOf(steps, 2 * LEAST_MEMBERS)) {
    const growth = growBand(plan, steps, count, depth, uses, rules)
    if (growth !== null && growth.kept >= Math.max(limits.kept, (best?.kept ?? 0) + 1)) best = growth
  }
  if (best === null) return null
  const { count, localities, runs } = best
  const fit = Math.floor(limits.tile / (best.kept / count))
  const most = Math.max(LEAST_MEMBERS, Math.min(fit, Math.ceil(count / LEAST_TILES)))
  const tile = evenTile(count, most, LEAST_MEMBERS)
  const of: TileOf = { count, tile, runs, depth }
  const band: Band = {
    kind: 'band',
    count,
    tile,
    tiles: Math.ceil(count / tile),
    ...tileMemory(plan.slots, of),
    steps: (members) => localities.map((l) => tileStep(l, of, members)),
  }
  return { band, length: localities.length }
}
