import { SpikewardError } from '@spikeward/core'
import type { Random } from '../randomOf.js'
import type { Format } from './format.js'

/** How a read ended: `read`, the code of its error, or the violation. */
export type Ending = { readonly ending: string; readonly fault: string | null }

/** Reads one file: a fault is an error without a code, or altered content that was accepted. */
export async function readOne(format: Format, bytes: Uint8Array): Promise<Ending> {
  try {
    await format.read(bytes)
    return { ending: 'read', fault: null }
  } catch (error) {
    if (error instanceof SpikewardError) return { ending: error.code, fault: null }
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return { ending: 'FAULT', fault: what.slice(0, 300) }
  }
}

/** A format, chosen uniformly at random from the stream. The same stream gives the same choice. */
export const chosenFormat = (formats: readonly Format[], random: Random): Format => formats[random(formats.length)]!
