import type { FaultsResult } from './measureFaults.js'

/**
 * Whether tests that failed had no reason in their counts: nothing was lost, nothing ran twice and every rank was reported and resumed.
 * They then failed in another way, which the counts would hide.
 */
export function isUnexplained(failure: string | null, found: FaultsResult): boolean {
  if (failure === null) return false
  if ('queue' in found) return found.queue.every(({ lost, twice }) => lost === 0 && twice === 0)
  const { tries, told, sameBits } = found.ranks
  return told === tries && sameBits === tries
}
