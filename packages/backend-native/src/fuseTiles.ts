import { bytesOf, type Plan, type Step } from '@spikeward/core/backend'
import {
  type Accumulations,
  bestCandidate,
  countAccesses,
  type DotStep,
  findAccumulations,
  findSharedOperands,
  type FusionCandidate,
  type FusionRules,
  type FusionScope,
  groupSteps,
  type KernelStep,
  layOutWorkspace,
  type LeafStep,
  type PartitionedStep,
  partitionSizes,
  partitionStep,
  rowStridesOf,
  temporaryBytes,
  tileFusedGroup,
  type TileFusedGroup,
  tileStep,
  type WorkspaceLayout,
} from '@spikeward/core/tiling'
import { tileRowsOf, type DescribeProduct, type TilingMode } from './tileRows.js'

/** A tile-fused group as the addon runs it: the steps of a whole tile and of a shorter last one. */
export interface NativeGroup {
  readonly kind: 'tileFused'
  readonly group: TileFusedGroup
  /** The offset of each tile-local slot in a tile's scratch; products that are added up share theirs. */
  readonly offsets: ReadonlyMap<number, number>
  readonly steps: readonly TiledStep[]
}

export type RoutineStep = Extract<Step, { readonly kind: 'routine' }>

/** A step of a group for a whole tile and, if the last tile has fewer rows, for that tile. */
export type TiledStep =
  | { readonly kind: 'kernel'; readonly whole: KernelStep; readonly last: KernelStep | null }
  | {
      readonly kind: 'dot'
      /** The product over the whole partition; `whole` and `last` give the places of its operands for a tile. */
      readonly dot: DotStep
      readonly whole: RoutineStep
      readonly last: RoutineStep | null
      /** Whether the product is added to the result of an earlier one. */
      readonly accumulates: boolean
      /**
       * For a product of spikes by look-up in the scratch of a tile: the position, in the same list, of the product
       * that finds the spikes; null for any other product.
       */
      readonly spikesOf: number | null
    }
  | { readonly kind: 'loop'; readonly length: number; readonly steps: readonly TiledStep[] }

/** A step of a plan after fusion; loops may contain groups. */
export type FusedStep =
  | LeafStep
  | NativeGroup
  | { readonly kind: 'loop'; readonly length: number; readonly steps: readonly FusedStep[] }

/** Bytes left unused after each part of the scratch, because kernels read whole registers. */
const PADDING = 64
/** A group must make at least this number of bytes of intermediates tile-local. */
const MIN_LOCAL_BYTES = 256 << 10
const MIN_PARTITION = 16
/** The most bytes of a product's right operand, of which every tile reads all: no cache holds more. */
const MAX_SHARED_BYTES = 16 << 20
/** The number of leaf steps to look ahead for a partition. */
const LOOKAHEAD = 32

/** The steps of a plan, with consecutive steps fused to groups if that is profitable. */
export function fuseTiles(
  plan: Plan,
  accesses: ReadonlyMap<number, number>,
  mode: TilingMode,
  product: DescribeProduct,
): readonly FusedStep[] {
  if (mode === 'off' || (mode !== 'always' && temporaryBytes(plan) < MIN_LOCAL_BYTES)) return plan.steps
  const fuse = (steps: readonly Step[], depth: number): readonly FusedStep[] =>
    groupSteps<FusedStep>(
      steps,
      (rest) => groupFrom({ plan, steps: rest, depth, accesses }, mode, product),
      (step) => (step.kind === 'loop' ? { ...step, steps: fuse(step.steps, depth + 1) } : step),
    )
  return fuse(plan.steps, 0)
}

/** A candidate that is worthwhile, with the products that accumulate and the rows of its tiles. */
interface Chosen {
  readonly candidate: FusionCandidate<PartitionedStep>
  readonly accumulations: Accumulations
  readonly tileRows: number
}

function groupFrom(
  scope: FusionScope,
  mode: TilingMode,
  product: DescribeProduct,
): { readonly items: readonly [NativeGroup]; readonly length: number } | null {
  const always = mode === 'always'
  const sizes = partitionSizes(scope.steps, always ? 2 : MIN_PARTITION, LOOKAHEAD)
  let chosen: Chosen | null = null
  const isWorthwhile = (candidate: FusionCandidate<PartitionedStep>): boolean => {
    if (!always && candidate.localBytes < MIN_LOCAL_BYTES) return false
    const accumulations = findAccumulations(candidate, scope.accesses, ({ routine }) => product(routine).byLookUp)
    const tileRows = tileRowsOf(scope.plan.slots, candidate, accumulations, mode, product)
    if (tileRows === null) return false
    chosen = { candidate, accumulations, tileRows }
    return true
  }
  const accepted = bestCandidate(scope, sizes, rulesFor(scope, product), isWorthwhile)
  // The last candidate that was accepted is the best one.
  const best = chosen as Chosen | null
  if (accepted === null || best === null) return null
  return { items: [groupOf(scope, best, product)], length: accepted.steps.length }
}

const rulesFor = ({ steps, depth }: FusionScope, product: DescribeProduct): FusionRules<PartitionedStep> => {
  const options = {
    isRowwise: (routine: DotStep['routine']) => product(routine).rowwise,
    rowStrides: rowStridesOf(steps),
    reductions: true,
  }
  return {
    partition: (step, partitionSize) => {
      const split = partitionStep(step, partitionSize, options)
      return split !== null && packsOnce(split, depth) ? split : null
    },
    fits: () => true,
    canTile: () => true,
    separatesAliases: true,
  }
}

/**
 * Whether the right operands of all products stay in place while the group runs, so that they are packed once before
 * it, and fit in a cache.
 */
const packsOnce = (step: PartitionedStep, depth: number): boolean =>
  step.kind === 'loop'
    ? step.steps.every((s) => packsOnce(s, depth))
    : step.kind === 'kernel' ||
      (step.step.ins[1].advance.slice(depth).every((by) => by === 0) && sharedBytes(step.step) <= MAX_SHARED_BYTES)

const sharedBytes = ({ routine }: DotStep): number => routine.n * routine.k * bytesOf(routine.dtype)

function groupOf(
  scope: FusionScope,
  { candidate, accumulations, tileRows }: Chosen,
  product: DescribeProduct,
): NativeGroup {
  const group = tileFusedGroup(scope, candidate, tileRows, {
    padding: PADDING,
    hasPart: (slot) => !accumulations.into.has(slot),
  })
  const { tiling, lastRows, scratch } = group
  const offsets = new Map<number, number>()
  for (const slot of candidate.rowExtents.keys()) {
    let at = slot
    for (let into = accumulations.into.get(at); into !== undefined; into = accumulations.into.get(at)) at = into
    offsets.set(slot, scratch.spans.get(at)!.from)
  }
  const findsSpikes = ({ routine, ins, out }: DotStep): boolean =>
    product(routine).byLookUp &&
    (routine.batch <= 1 || routine.a.batch === 0) &&
    offsets.has(ins[0].slot) &&
    offsets.has(out.slot)
  const tiledSteps = (steps: readonly PartitionedStep[]): readonly TiledStep[] => {
    const shared = findSharedOperands(steps, findsSpikes, (slot) => offsets.get(slot))
    return steps.map((step) => tiled(step, shared))
  }
  const tiled = (step: PartitionedStep, shared: ReadonlyMap<DotStep, number>): TiledStep => {
    if (step.kind === 'loop') return { kind: 'loop', length: step.length, steps: tiledSteps(step.steps) }
    if (step.kind === 'dot') {
      const dotFor = (rows: number): RoutineStep => tileStep(step, tiling, rows) as RoutineStep
      return {
        kind: 'dot',
        dot: step.step,
        whole: dotFor(tileRows),
        last: lastRows === 0 ? null : dotFor(lastRows),
        accumulates: accumulations.into.has(step.step.out.slot),
        spikesOf: shared.get(step.step) ?? null,
      }
    }
    const kernel = accumulations.kernels.get(step.step)
    const summed = kernel === undefined ? step : { ...step, step: { ...step.step, kernel } }
    const kernelFor = (rows: number): KernelStep => tileStep(summed, tiling, rows) as KernelStep
    return { kind: 'kernel', whole: kernelFor(tileRows), last: lastRows === 0 ? null : kernelFor(lastRows) }
  }
  return { kind: 'tileFused', group, offsets, steps: tiledSteps(candidate.steps) }
}

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
