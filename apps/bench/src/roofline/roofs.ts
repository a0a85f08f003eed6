/** The peaks of a machine, and how near a kernel comes to them. */
import { native } from '@spikeward/backend-native'
import type { InstructionSet } from '../backends.js'

/** The roofs: operations and bytes per second that the machine reaches at most. */
export type Roofs = { readonly flopsPerSecond: number; readonly bytesPerSecond: number }

export type RoofsOrReason = Roofs | { readonly absent: string }

export type Work = { readonly flops: number; readonly bytes: number }

export type Standing = {
  /** The roof that limits it. */
  readonly bound: 'flops' | 'bytes'
  /** The time that this roof allows divided by the time taken. */
  readonly share: number
}

/** Computes which roof limits work that takes `ms`, and how near it comes. */
export function rooflineStanding({ flops, bytes }: Work, ms: number, roofs: Roofs): Standing {
  const computing = (flops / roofs.flopsPerSecond) * 1000
  const moving = (bytes / roofs.bytesPerSecond) * 1000
  return computing >= moving ? { bound: 'flops', share: computing / ms } : { bound: 'bytes', share: moving / ms }
}

/**
 * Measures the machine's roofs with a number of threads, using the native backend's addon; absent if that is not
 * compiled.
 */
export async function measureRoofs(
  threads: number,
  seconds: number,
  instructionSet?: InstructionSet,
): Promise<RoofsOrReason> {
  try {
    await using backend = await native({ threads, ...(instructionSet === undefined ? {} : { instructionSet }) })
    return backend.measurePeaks({ seconds })
  } catch (error) {
    return { absent: error instanceof Error ? error.message : String(error) }
  }
}
