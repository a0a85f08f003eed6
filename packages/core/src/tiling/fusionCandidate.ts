import type { Plan, Step } from '../plan/plan.js'
import { aliasConflicts, bytesIn, isResolvable, slotsToSeparate } from './aliasing.js'
import type { PartitionedStep } from './partitionStep.js'
import { addFootprints, type SlotState, type SlotStates } from './slotStates.js'
import type { Tiling } from './tileStep.js'

/** Consecutive steps that can run together, tile by tile of a partition, with the slots that become tile-local. */
export interface FusionCandidate<P extends PartitionedStep> {
  /** Rows of the partition. */
  readonly partitionSize: number
  readonly steps: readonly P[]
  /** Row extents of the tile-local slots: temporaries that only these steps access. */
  readonly rowExtents: ReadonlyMap<number, number>
  /** Bytes of the tile-local slots over the whole partition: the memory traffic that fusion saves. */
  readonly localBytes: number
  /** Slots that need memory that they share with no other slot. */
  readonly nonAliased: ReadonlySet<number>
}

/** The rules by which a backend fuses steps. */
export interface FusionRules<P extends PartitionedStep> {
  /** Splits a step along a partition of `partitionSize` rows, or returns null if the backend cannot. */
  partition(step: Step, partitionSize: number): P | null
  /** Whether these steps may form one group; `longest` is the number of steps of the longest candidate from here. */
  fits(steps: readonly P[], longest: number): boolean
  /** Whether the backend can run a step tile by tile with these tile-local slots; see {@link hasTileStep}. */
  canTile(step: P, tiling: Tiling): boolean
  /** Whether the backend gives a slot separate memory if an aliased slot prevents fusion. */
  readonly separatesAliases: boolean
}

/** The part of a plan that is searched for groups. */
export interface FusionScope {
  readonly plan: Plan
  /** The steps from which on a group may start. */
  readonly steps: readonly Step[]
  /** Number of the plan's loops around the steps. */
  readonly depth: number
  /** Accesses of every slot in the whole plan: {@link countAccesses}. */
  readonly accesses: ReadonlyMap<number, number>
}

/**
 * The longest fusion candidate that starts at the first step of `scope` with a partition of `partitionSize` rows, or
 * null.
 *
 * A slot is tile-local where it is a temporary that the candidate fills before it reads it, that no other step accesses
 * and that no loop around the candidate advances over.
 */
export function findCandidate<P extends PartitionedStep>(
  { plan, steps, depth, accesses }: FusionScope,
  partitionSize: number,
  rules: FusionRules<P>,
): FusionCandidate<P> | null {
  const isLocal = (slot: number, s: SlotState): boolean => {
    const { kind, size } = plan.slots[slot]!
    return (
      kind === 'temporary' &&
      s.filledFirst &&
      s.invariant &&
      s.rowExtent !== null &&
      s.accesses === accesses.get(slot) &&
      size % (s.rowExtent * partitionSize) === 0
    )
  }
  const partitioned: P[] = []
  const after: SlotStates[] = [new Map()]
  for (const step of steps) {
    const split = rules.partition(step, partitionSize)
    const states = split && addFootprints(plan, after.at(-1)!, split.footprints, partitionSize)
    if (split === null || states === null) break
    partitioned.push(split)
    after.push(states)
  }
  // A longer candidate is tried first: a slot whose alias blocks a short candidate may be tile-local in a longer one.
  for (let length = partitioned.length; length >= 1; length--) {
    const fused = partitioned.slice(0, length)
    if (length === 1 && fused[0]!.kind !== 'loop') return null
    if (!rules.fits(fused, partitioned.length)) continue
    const states = after[length]!
    const local = [...states].filter(([slot, s]) => isLocal(slot, s))
    const rowExtents = new Map(local.map(([slot, s]) => [slot, s.rowExtent!]))
    const tiling: Tiling = { partitionSize, tileRows: 1, rowExtents, depth }
    if (!fused.every((step) => rules.canTile(step, tiling))) continue
    const conflicts = aliasConflicts(plan, states, isLocal)
    if (conflicts.some((pair) => !rules.separatesAliases || !isResolvable(plan, pair))) continue
    const localBytes = local.reduce((n, [slot]) => n + bytesIn(plan.slots[slot]!), 0)
    return { partitionSize, steps: fused, rowExtents, localBytes, nonAliased: slotsToSeparate(plan, conflicts) }
  }
  return null
}

/**
 * Of the candidates over all `partitionSizes` that `isWorthwhile` accepts, the first with the most tile-local bytes;
 * null if there is none.
 */
export function bestCandidate<P extends PartitionedStep>(
  scope: FusionScope,
  partitionSizes: Iterable<number>,
  rules: FusionRules<P>,
  isWorthwhile: (candidate: FusionCandidate<P>) => boolean,
): FusionCandidate<P> | null {
  let best: FusionCandidate<P> | null = null
  for (const size of partitionSizes) {
    const candidate = findCandidate(scope, size, rules)
    if (candidate === null || (best !== null && candidate.localBytes <= best.localBytes)) continue
    if (isWorthwhile(candidate)) best = candidate
  }
  return best
}

/** The steps in order, with each run of steps for which `groupFrom` finds a group replaced by that group's items. */
export function groupSteps<T>(
  steps: readonly Step[],
  groupFrom: (rest: readonly Step[]) => { readonly items: readonly T[]; readonly length: number } | null,
  otherwise: (step: Step) => T,
): T[] {
  const items: T[] = []
  for (let i = 0; i < steps.length; ) {
    const group = groupFrom(steps.slice(i))
    if (group === null) items.push(otherwise(steps[i]!))
    else items.push(...group.items)
    i += group?.length ?? 1
  }
  return items
}
