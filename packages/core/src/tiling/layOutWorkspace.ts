import { bytesOf } from '../tensor/dtype.js'
import type { Plan } from '../plan/plan.js'

/** The byte offsets of the temporaries in a workspace, and its size. */
export interface WorkspaceLayout {
  readonly offsets: ReadonlyMap<number, number>
  readonly bytes: number
}

/**
 * The plan's workspace without the slots in `removed` (tile-local slots). Slots behind a gap move up, and slots share
 * memory exactly where they did before, except those in `nonAliased`, which do not share memory.
 */
export function layOutWorkspace(
  { slots }: Pick<Plan, 'slots'>,
  removed: ReadonlySet<number>,
  nonAliased: ReadonlySet<number>,
): WorkspaceLayout {
  const remaining = slots.flatMap((slot, index) =>
    slot.kind === 'temporary' && !removed.has(index)
      ? [{ index, from: slot.byteOffset, to: slot.byteOffset + slot.size * bytesOf(slot.dtype) }]
      : [],
  )
  const offsets = new Map<number, number>()
  let bytes = 0
  let end = 0
  let shift = 0
  for (const { index, from, to } of remaining.filter((k) => !nonAliased.has(k.index)).sort((a, b) => a.from - b.from)) {
    if (from >= end) shift = from - bytes
    offsets.set(index, from - shift)
    end = Math.max(end, aligned(to))
    bytes = end - shift
  }
  for (const { index, from, to } of remaining.filter((k) => nonAliased.has(k.index))) {
    offsets.set(index, bytes)
    bytes += aligned(to - from)
  }
  return { offsets, bytes }
}

/** Slots begin at multiples of 64 bytes. */
const aligned = (bytes: number): number => Math.ceil(bytes / 64) * 64
