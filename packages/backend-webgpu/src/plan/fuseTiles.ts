import { type Plan, type Slot, type Step, aligned } from '@spikeward/core/backend'
import {
  bestCandidate,
  countAccesses,
  evenTileRows,
  groupSteps,
  hasTileStep,
  layOutWorkspace,
  partitionSizes,
  partitionStep,
  rowStridesOf,
  tileFusedGroup,
  tileStep,
  type FusionCandidate,
  type FusionRules,
  type LeafStep,
  type PartitionedStep,
} from '@spikeward/core/tiling'
import type { TilingTraits } from '../device/traits.js'
import { isRowwise } from '../routines/dotTask.js'

/**
 * Tiles of a tile-fused group, loops included, that workgroups run alone one after another, so that a loop over chunks
 * of time needs no dispatch per iteration. Tile-local intermediates are in the workgroup's scratch.
 */
export interface WorkgroupTiles {
  readonly kind: 'tileFused'
  /** Number of the first tile; the tiles are distributed over `workgroups` workgroups. */
  readonly firstTile: number
  readonly tiles: number
  readonly workgroups: number
  /** How many such tiles cover the whole partition. */
  readonly tilesInPartition: number
  /** The steps of one tile; operands advance with the loop over tiles, which lies inside the loops around the group. */
  readonly steps: readonly Step[]
}

/** A step of a plan with tile-fused groups. */
export type Item =
  | LeafStep
  | WorkgroupTiles
  | { readonly kind: 'loop'; readonly length: number; readonly steps: readonly Item[] }

/** A plan with tile-fused groups, its slots placed accordingly. */
export interface TiledPlan extends Omit<Plan, 'steps'> {
  readonly steps: readonly Item[]
  /** For each tile-local slot, the bytes from the scratch of one workgroup to that of the next. */
  readonly scratchStrides: ReadonlyMap<number, number>
}

/** Measures a step within `depth` loops: whether a single workgroup is fast enough for it, and its lines of WGSL. */
export interface Measure {
  (step: Step, depth: number): { readonly small: boolean; readonly lines: number }
}

/**
 * The largest number of lines of WGSL in a group, and in a loop that is a group: compile time grows much faster than
 * length.
 */
const GROUP_LINES = 600
const LOOP_LINES = 1200

/** Measures each step once: measuring generates its code. */
function memoised(measure: Measure): Measure {
  const known = new WeakMap<Step, ReturnType<Measure>>()
  return (step, depth) => {
    const size = known.get(step) ?? measure(step, depth)
    known.set(step, size)
    return size
  }
}

const hasLoop = (steps: readonly PartitionedStep[]): boolean => steps.some((s) => s.kind === 'loop')

/**
 * The plan with tile-fused groups. Steps are fused if they contain a loop that would otherwise run on the host, or if
 * they would pass many bytes through shared memory.
 */
export function fuseTiles(plan: Plan, traits: TilingTraits, unmemoised: Measure): TiledPlan {
  const measure = memoised(unmemoised)
  const accesses = countAccesses(plan.steps)
  const rowStrides = rowStridesOf(plan.steps)
  const scratch = new Map<number, { readonly from: number; readonly to: number; readonly stride: number }>()
  const nonAliased = new Set<number>()
  let scratchBytes = 0

  const groupFrom = (
    steps: readonly Step[],
    depth: number,
  ): { readonly items: readonly WorkgroupTiles[]; readonly length: number } | null => {
    const linesOf = (length: number): number => steps.slice(0, length).reduce((n, s) => n + measure(s, depth).lines, 0)
    const rules: FusionRules<PartitionedStep> = {
      partition: (step, size) => partitionStep(step, size, { isRowwise, rowStrides }),
      // A candidate with a loop that is shortened must end with a loop: the remaining steps may form another group.
      fits(fused, longest) {
        const { length } = fused
        const isWhole = length === longest || fused.at(-1)!.kind === 'loop' || !hasLoop(fused)
        return isWhole && linesOf(length) <= (length === 1 ? LOOP_LINES : GROUP_LINES)
      },
      canTile: hasTileStep,
      separatesAliases: true,
    }
    const hasHostLoop = (candidate: FusionCandidate<PartitionedStep>): boolean =>
      candidate.steps.some((s, i) => s.kind === 'loop' && !measure(steps[i]!, depth).small)
    const best = bestCandidate(
      { plan, steps, depth, accesses },
      partitionSizes(steps, traits.minTiles),
      rules,
      (candidate) => candidate.localBytes >= traits.minLocalBytes || hasHostLoop(candidate),
    )
    if (best === null) return null
    const { partitionSize } = best
    const rowBytes = best.localBytes / partitionSize
    const most = Math.floor(
      Math.min(
        traits.cacheBytes / rowBytes,
        traits.scratchBytes / (rowBytes * traits.minTiles),
        partitionSize / traits.minTiles,
      ),
    )
    const tileRows = evenTileRows(partitionSize, Math.max(1, most), 1)
    const { tiling, lastRows, scratch: layout } = tileFusedGroup({ plan, depth }, best, tileRows)
    const { bytes, spans } = layout
    const whole = Math.floor(partitionSize / tileRows)
    const stride = aligned(bytes)
    const workgroups = Math.min(whole, traits.maxWorkgroups, Math.floor(traits.scratchBytes / Math.max(stride, 1)))
    // With too few workgroups for the device, the steps run faster unfused, spread over all threads.
    if (workgroups < Math.min(whole, traits.minTiles)) return null
    const group = (
      rows: number,
      tiles: Pick<WorkgroupTiles, 'firstTile' | 'tiles' | 'workgroups'>,
    ): WorkgroupTiles => ({
      kind: 'tileFused',
      ...tiles,
      tilesInPartition: Math.ceil(partitionSize / rows),
      steps: best.steps.map((s) => tileStep(s, tiling, rows)),
    })
    // A shorter last tile has different code, and needs a separate dispatch.
    const items = [
      group(tileRows, { firstTile: 0, tiles: whole, workgroups }),
      ...(lastRows === 0 ? [] : [group(lastRows, { firstTile: whole, tiles: 1, workgroups: 1 })]),
    ]
    for (const [slot, span] of spans) scratch.set(slot, { ...span, stride })
    for (const slot of best.nonAliased) nonAliased.add(slot)
    scratchBytes = Math.max(scratchBytes, workgroups * stride)
    return { items, length: best.steps.length }
  }

  const itemsOf = (steps: readonly Step[], depth: number): Item[] =>
    groupSteps<Item>(
      steps,
      (rest) => groupFrom(rest, depth),
      (step) =>
        step.kind === 'loop' && !measure(step, depth).small ? { ...step, steps: itemsOf(step.steps, depth + 1) } : step,
    )

  const steps = itemsOf(plan.steps, 0)
  const { offsets, bytes } = layOutWorkspace(plan, new Set(scratch.keys()), nonAliased)
  const slots = plan.slots.map((slot, i): Slot => {
    const part = scratch.get(i)
    if (slot.kind !== 'temporary') return slot
    if (part === undefined) return { ...slot, byteOffset: offsets.get(i)! }
    return { ...slot, byteOffset: bytes + part.from, size: (part.to - part.from) / 4 }
  })
  return {
    ...plan,
    slots,
    steps,
    workspace: bytes + scratchBytes,
    scratchStrides: new Map([...scratch].map(([slot, { stride }]) => [slot, stride])),
  }
}
