import { isDeepStrictEqual } from 'node:util'
import { SpikewardError } from '@spikeward/core'
import { Accepted } from './accepted.js'
import type { Format } from './format.js'

/** An undamaged file is read after this number of refused ones. */
const EVERY = 8

/** Whether the error states that a damaged file broke the library. */
const statesIt = (error: unknown): boolean => error instanceof SpikewardError && error.code === 'NIR_LIBRARY_FAILED'

/**
 * Wraps a format to check that its reader leaves the library intact, or reports that it is broken: after every eighth
 * refused file, `whole` reads an undamaged file in the same thread. Its content must equal that of its first reading.
 */
export function checkingTheNext(format: Format, whole: () => Promise<unknown>): Format {
  let first: Promise<unknown> | null = null
  let refused = 0
  return {
    ...format,
    async read(bytes) {
      first ??= whole()
      const known = await first
      try {
        await format.read(bytes)
      } catch (error) {
        if (!statesIt(error) && ++refused % EVERY === 0) {
          const next = await whole().catch((failure: unknown) => failure)
          if (statesIt(next)) throw next
          if (!isDeepStrictEqual(next, known))
            throw new Accepted('after this file, an undamaged one gave different content')
        }
        throw error
      }
    },
  }
}
