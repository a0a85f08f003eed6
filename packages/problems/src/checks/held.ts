import { SpikewardError } from '@spikeward/core'

/** The most numbers of one array of a problem: 1 GiB in double precision. */
const MAX_NUMBERS = 2 ** 27

/**
 * Refuses numbers that would fill the memory, before the first is made.
 *
 * @param what a plural name of the numbers, which begins the message
 * @param fewer what to reduce
 * @throws INVALID_OPTION above 2²⁷ numbers
 */
export function held(what: string, numbers: number, fewer: string): void {
  if (numbers <= MAX_NUMBERS) return
  throw new SpikewardError(
    'INVALID_OPTION',
    `${what} are ${numbers} numbers, and at most ${MAX_NUMBERS} (1 GiB) are allowed, because all are held in memory; take fewer ${fewer}`,
  )
}
