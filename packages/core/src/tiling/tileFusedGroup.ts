import { layOutScratch, type TileScratch } from './layOutScratch.js'
import type { FusionCandidate, FusionScope } from './fusionCandidate.js'
import type { PartitionedStep } from './partitionStep.js'
import type { Tiling } from './tileStep.js'

/**
 * Consecutive steps of a plan that run together, tile by tile of a partition (some rows of a batch at a time).
 * Tile-local intermediates are in the scratch memory of the tile's runner, and are never written out. Every element is
 * computed as it would be without fusion.
 */
export interface TileFusedGroup<P extends PartitionedStep = PartitionedStep> {
  readonly kind: 'tileFused'
  readonly candidate: FusionCandidate<P>
  /** The arguments with which {@link tileStep} gives the steps of one tile. */
  readonly tiling: Tiling
  /** Tiles of the partition, a shorter last one included. */
  readonly tiles: number
  /** Rows of the last tile if it has fewer than the others, else 0. */
  readonly lastRows: number
  readonly scratch: TileScratch
}

/**
 * The group of a candidate that is cut into tiles of `tileRows` rows.
 *
 * @param padding bytes left unused after each part of the scratch: {@link layOutScratch}
 * @param hasPart whether a tile-local slot has a part of its own in the scratch; default: each has
 */
export function tileFusedGroup<P extends PartitionedStep>(
  { plan, depth }: Pick<FusionScope, 'plan' | 'depth'>,
  candidate: FusionCandidate<P>,
  tileRows: number,
  { padding = 0, hasPart = () => true }: { padding?: number; hasPart?: (slot: number) => boolean } = {},
): TileFusedGroup<P> {
  const { partitionSize, rowExtents } = candidate
  const parts = new Map([...rowExtents].filter(([slot]) => hasPart(slot)))
  return {
    kind: 'tileFused',
    candidate,
    tiling: { partitionSize, tileRows, rowExtents, depth },
    tiles: Math.ceil(partitionSize / tileRows),
    lastRows: partitionSize % tileRows,
    scratch: layOutScratch(plan.slots, { partitionSize, tileRows, rowExtents: parts }, padding),
  }
}
