/**
 * The analysis of tile-fused groups, for backends: it finds consecutive steps of a Plan that can run together tile by
 * tile, and returns the steps of one tile.
 *
 * @module tiling
 */
export { temporaryBytes } from './tiling/aliasing.js'
export {
  bestCandidate,
  findCandidate,
  groupSteps,
  type FusionCandidate,
  type FusionRules,
  type FusionScope,
} from './tiling/fusionCandidate.js'
export { findAccumulations, type Accumulations } from './tiling/findAccumulations.js'
export { findSharedOperands } from './tiling/findSharedOperands.js'
export { evenTileRows, layOutScratch, type TileScratch } from './tiling/layOutScratch.js'
export { layOutWorkspace, type WorkspaceLayout } from './tiling/layOutWorkspace.js'
export { partitionSizes, rowStridesOf } from './tiling/partitionSizes.js'
export {
  partitionLeaf,
  partitionStep,
  type AccessFootprint,
  type DotStep,
  type KernelStep,
  type LeafStep,
  type PartitionedLeaf,
  type PartitionedStep,
  type PartitionOptions,
  type RowStrides,
} from './tiling/partitionStep.js'
export { countAccesses } from './tiling/slotStates.js'
export { tileFusedGroup, type TileFusedGroup } from './tiling/tileFusedGroup.js'
export { hasTileStep, tileStep, type Tiling } from './tiling/tileStep.js'
