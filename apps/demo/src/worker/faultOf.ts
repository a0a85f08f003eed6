import { SpikewardError } from '@spikeward/core'
import type { Fault } from '../protocol.js'

/** An error in the form that the page shows. */
export function faultOf(error: unknown, contender: number | null = null): Fault {
  if (error instanceof SpikewardError) return { code: error.code, message: error.message, contender }
  const message = error instanceof Error ? error.message : String(error)
  return { code: error instanceof RangeError ? 'OUT_OF_MEMORY' : 'INTERNAL', message, contender }
}
