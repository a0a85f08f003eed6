import type { Plan, Step } from '@spikeward/core/backend'
import {
  bestCandidate,
  evenTileRows,
  groupSteps,
  hasTileStep,
  partitionLeaf,
  partitionSizes,
  temporaryBytes,
  tileFusedGroup,
  type FusionRules,
  type FusionScope,
  type PartitionedLeaf,
  type TileFusedGroup,
} from '@spikeward/core/tiling'
import { isRowwise } from '../routines/dotPhases.js'

/** A group of steps without loops: the module walks the loops around it. */
export type CpuGroup = TileFusedGroup<PartitionedLeaf>

/** Limits that decide whether fusing a group pays off. */
export interface TileLimits {
  /** The largest scratch of a tile in bytes: a part of the second-level cache. */
  readonly tileBytes: number
  /** A group must make at least this number of bytes of intermediates tile-local. */
  readonly localBytes: number
}

export const defaultTileLimits: TileLimits = { tileBytes: 160 << 10, localBytes: 512 << 10 }

/** The smallest number of tiles in a group, so that threads share them evenly. */
const MIN_TILES = 16
/** Products of fewer rows take another path, which sums in another order. */
const MIN_ROWS = 4

const rules: FusionRules<PartitionedLeaf> = {
  partition: (step, partitionSize) => partitionLeaf(step, partitionSize, { isRowwise }),
  fits: () => true,
  canTile: hasTileStep,
  separatesAliases: false,
}

/**
 * The steps in order, with consecutive ones joined in tile-fused groups where that pays off. `depth`: loops around
 * them.
 */
export function fuseTiles(
  plan: Plan,
  steps: readonly Step[],
  depth: number,
  accesses: ReadonlyMap<number, number>,
  limits: TileLimits,
): readonly (Step | CpuGroup)[] {
  if (temporaryBytes(plan) < limits.localBytes) return steps
  return groupSteps<Step | CpuGroup>(
    steps,
    (rest) => groupFrom({ plan, steps: rest, depth, accesses }, limits),
    (step) => step,
  )
}

function groupFrom(
  scope: FusionScope,
  limits: TileLimits,
): { readonly items: readonly [CpuGroup]; readonly length: number } | null {
  const sizes = partitionSizes(scope.steps, 2 * MIN_ROWS)
  const best = bestCandidate(scope, sizes, rules, (c) => c.localBytes >= limits.localBytes)
  if (best === null) return null
  const { partitionSize, steps, localBytes } = best
  const fitting = Math.floor(limits.tileBytes / (localBytes / partitionSize))
  const most = Math.max(MIN_ROWS, Math.min(fitting, Math.ceil(partitionSize / MIN_TILES)))
  const tileRows = evenTileRows(partitionSize, most, MIN_ROWS)
  const group = tileFusedGroup(scope, best, tileRows)
  return { items: [group], length: steps.length }
}
