import type { Plan } from '@spikeward/core/backend'
import { countAccesses, layOutWorkspace, type WorkspaceLayout } from '@spikeward/core/tiling'
import { fuseTiles, type FusedStep, type NativeGroup } from './fuseTiles.js'
import type { DescribeProduct, TilingMode } from './tileRows.js'

/** A plan with its tile-fused groups, and the places of its temporaries except the tile-local ones. */
export interface FusedPlan {
  readonly plan: Plan
  readonly steps: readonly FusedStep[]
  /** The byte offset of each tile-local slot in a tile's scratch. */
  readonly tileLocal: ReadonlyMap<number, number>
  readonly workspace: WorkspaceLayout
}

/** Finds the groups of a plan and lays out its workspace. */
export function fusePlan(plan: Plan, mode: TilingMode, product: DescribeProduct): FusedPlan {
  const steps = fuseTiles(plan, countAccesses(plan.steps), mode, product)
  const groups = groupsIn(steps)
  const tileLocal = new Map(groups.flatMap((g) => [...g.offsets]))
  const nonAliased = new Set(
    groups.flatMap((g) => [...g.group.candidate.nonAliased]).filter((slot) => !tileLocal.has(slot)),
  )
  return { plan, steps, tileLocal, workspace: layOutWorkspace(plan, new Set(tileLocal.keys()), nonAliased) }
}

const groupsIn = (steps: readonly FusedStep[]): readonly NativeGroup[] =>
  steps.flatMap((s) => (s.kind === 'tileFused' ? [s] : s.kind === 'loop' ? groupsIn(s.steps) : []))
