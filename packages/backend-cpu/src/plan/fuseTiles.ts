import type { Plan, Step } from '@spikeward/core/backend'
import {
  bestCandidate,
  evenTileRows,
  groupSteps,
  hasTileStep,
  layOutScratch,
  partitionLeaf,
  partitionSizes,
  tileStep,
  type FusionRules,
  type FusionScope,
  type LeafStep,
  type PartitionedLeaf,
  type TileScratch,
  type Tiling,
} from '@spikeward/core/tiling'
import { isRowwise } from '../routines/dotPhases.js'

/**
 * Consecutive steps that run together, tile by tile of a partition (some rows of a batch at a time). Tile-local
 * intermediates are in the scratch of the thread that runs the tile, which stays in its cache, and are never written
 * out. Every element is computed as it would be without fusion.
 */
export interface TileFusedGroup {
  readonly kind: 'tileFused'
  readonly partitionSize: number
  readonly tileRows: number
  readonly tiles: number
  readonly scratch: TileScratch
  /** The steps of a tile of `rows` rows; their operands advance with the iteration of the loop over tiles. */
  readonly steps: (rows: number) => readonly LeafStep[]
}

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
): readonly (Step | TileFusedGroup)[] {
  return groupSteps<Step | TileFusedGroup>(
    steps,
    (rest) => groupFrom({ plan, steps: rest, depth, accesses }, limits),
    (step) => step,
  )
}

function groupFrom(
  scope: FusionScope,
  limits: TileLimits,
): { readonly items: readonly [TileFusedGroup]; readonly length: number } | null {
  const sizes = partitionSizes(scope.steps, 2 * LEAST_ROWS)
  const best = bestCandidate(scope, sizes, rules, (c) => c.localBytes >= limits.localBytes)
  if (best === null) return null
  const { partitionSize, steps, rowExtents, localBytes } = best
  const fitting = Math.floor(limits.tileBytes / (localBytes / partitionSize))
  const most = Math.max(LEAST_ROWS, Math.min(fitting, Math.ceil(partitionSize / LEAST_TILES)))
  const tileRows = evenTileRows(partitionSize, most, LEAST_ROWS)
  const tiling: Tiling = { partitionSize, tileRows, rowExtents, depth: scope.depth }
  const group: TileFusedGroup = {
    kind: 'tileFused',
    partitionSize,
    tileRows,
    tiles: Math.ceil(partitionSize / tileRows),
    scratch: layOutScratch(scope.plan.slots, tiling),
    steps: (rows) => steps.map((s) => tileStep(s, tiling, rows)),
  }
  return { items: [group], length: steps.length }
}
