import type { Plan, Step } from '@spikeward/core/backend'
import {
  bestCandidate,
  evenTileRows,
  groupSteps,
  hasTileStep,
  partitionLeaf,
  partitionSizes,
  tileFusedGroup,
  type FusionRules,
  type FusionScope,
  type PartitionedLeaf,
  type TileFusedGroup,
} from '@spikeward/core/tiling'
import { isRowwise } from '../routines/dotPhases.js'

/** A group of steps without loops: the module walks the loops around it. */
export type CpuGroup = TileFusedGroup<PartitionedLeaf>

/** Which groups are worth fusing. */
export interface TileLimits {
  /** Most bytes of a tile's scratch: a part of the second-level cache. */
  readonly tileBytes: number
  /** Least bytes of intermediates that a group must make tile-local. */
  readonly localBytes: number
}

export const defaultTileLimits: TileLimits = { tileBytes: 160 << 10, localBytes: 512 << 10 }

/** Least number of tiles of a group, so that threads share them evenly. */
const LEAST_TILES = 16
/** Products of fewer rows take another path, which sums in another order. */
const LEAST_ROWS = 4

const rules: FusionRules<PartitionedLeaf> = {
  partition: (step, partitionSize) => partitionLeaf(step, partitionSize, { isRowwise }),
  fits: () => true,
  canTile: hasTileStep,
  separatesAliases: false,
}

/** The steps in order, consecutive ones as tile-fused groups where that is worth it. `depth`: loops around them. */
export function fuseTiles(
  plan: Plan,
  steps: readonly Step[],
  depth: number,
  accesses: ReadonlyMap<number, number>,
  limits: TileLimits,
): readonly (Step | CpuGroup)[] {
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
  const sizes = partitionSizes(scope.steps, 2 * LEAST_ROWS)
  const best = bestCandidate(scope, sizes, rules, (c) => c.localBytes >= limits.localBytes)
  if (best === null) return null
  const { partitionSize, steps, localBytes } = best
  const fitting = Math.floor(limits.tileBytes / (localBytes / partitionSize))
  const most = Math.max(LEAST_ROWS, Math.min(fitting, Math.ceil(partitionSize / LEAST_TILES)))
  const tileRows = evenTileRows(partitionSize, most, LEAST_ROWS)
  const group = tileFusedGroup(scope, best, tileRows)
  return { items: [group], length: steps.length }
}
