import { isDeepStrictEqual } from 'node:util'
import { SpikewardError } from '@spikeward/core'
import { Accepted } from './accepted.js'
import type { Format } from './format.js'

/** After how many refused files an undamaged one is read. */
const EVERY = 8

/** Whether the error states that a damaged file broke the library. */
const statesIt = (error: unknown): boolean => error instanceof SpikewardError && error.code === 'NIR_LIBRARY_FAILED'

/**
 * The format, whose reader must leave its library as it was, or state that it is broken: after every eighth file
 * that is refused, `whole` reads an undamaged file in the same thread. Its content must equal that of its first reading.
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
          if (!isDeepStrictEqual(next, known)) throw new Accepted('an undamaged file gave other content after this one')
        }
        throw error
      }
    },
  }
}
