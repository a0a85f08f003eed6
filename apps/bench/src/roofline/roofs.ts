/** What a machine allows, and how near a kernel comes to it. */
import { native } from '@spikeward/backend-native'

/** The roofs: operations and bytes a second that the machine reaches when it does nothing else. */
export type Roofs = { readonly flopsPerSecond: number; readonly bytesPerSecond: number }

/** A machine's roofs, or why they are not known. */
export type RoofsFound = Roofs | { readonly absent: string }

/** Work of a kernel: operations and bytes. */
export type Work = { readonly flops: number; readonly bytes: number }

/** Where a kernel stands under the roofs. */
export type Standing = {
  /** The roof that it meets first. */
  readonly bound: 'flops' | 'bytes'
  /** The time that this roof allows by the time it takes. */
  readonly share: number
}

/** Under which roof work that takes `ms` stands, and how near. */
export function standing({ flops, bytes }: Work, ms: number, roofs: Roofs): Standing {
  const computing = (flops / roofs.flopsPerSecond) * 1000
  const moving = (bytes / roofs.bytesPerSecond) * 1000
  return computing >= moving ? { bound: 'flops', share: computing / ms } : { bound: 'bytes', share: moving / ms }
}

/** Measures the machine's roofs with a number of threads, by the native backend's addon: absent where it is not compiled. */
export async function measureRoofs(threads: number, seconds: number): Promise<RoofsFound> {
  try {
    await using backend = await native({ threads })
    return backend.measurePeaks({ seconds })
  } catch (error) {
    return { absent: error instanceof Error ? error.message : String(error) }
  }
}
