import { SpikewardError, printGiven } from '@spikeward/core'

/** The sets of a problem, in the order in which rows are dealt out. */
export const SPLITS = ['train', 'validation', 'test'] as const

/** The name of a set. */
export type Split = (typeof SPLITS)[number]

/**
 * Throws UNKNOWN_SPLIT, with the names of the sets, for a value that names none of them.
 *
 * @param problem its name
 * @param call what was called
 */
export function checkSplit(
  problem: string,
  call: 'points' | 'data' | 'trajectories',
  split: unknown,
): asserts split is Split {
  if (SPLITS.some((known) => known === split)) return
  throw new SpikewardError(
    'UNKNOWN_SPLIT',
    `${problem} has the sets ${SPLITS.join(', ')}; ${call} was asked for ${printGiven(split)}; name one of them, such as ${call}('test')`,
  )
}
