import { bytesOf } from '../tensor/dtype.js'
import type { Plan } from '../plan/plan.js'

/** Where temporaries begin, in bytes, and how many there are. */
export interface Arrangement {
  readonly places: ReadonlyMap<number, number>
  readonly workspace: number
}

/**
 * The workspace without the slots in `gone`: what lies behind a gap moves up, so that slots share memory exactly where they
 * did before; those in `apart` share theirs with none.
 */
export function arrange(
  { slots }: Pick<Plan, 'slots'>,
  gone: ReadonlySet<number>,
  apart: ReadonlySet<number>,
): Arrangement {
  const kept = slots.flatMap((slot, index) =>
    slot.kind === 'temporary' && !gone.has(index)
      ? [{ index, from: slot.byteOffset, to: slot.byteOffset + slot.size * bytesOf(slot.dtype) }]
      : [],
  )
  const places = new Map<number, number>()
  let workspace = 0
  let end = 0
  let shift = 0
  for (const { index, from, to } of kept.filter((k) => !apart.has(k.index)).sort((a, b) => a.from - b.from)) {
    if (from >= end) shift = from - workspace
    places.set(index, from - shift)
    end = Math.max(end, aligned(to))
    workspace = end - shift
  }
  for (const { index, from, to } of kept.filter((k) => apart.has(k.index))) {
    places.set(index, workspace)
    workspace += aligned(to - from)
  }
  return { places, workspace }
}

/** Everything begins at a multiple of 64 bytes. */
const aligned = (bytes: number): number => Math.ceil(bytes / 64) * 64
