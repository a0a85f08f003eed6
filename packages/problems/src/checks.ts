import { describeValue, SpikewardError } from '@spikeward/core'

/** Throws INVALID_OPTION unless `value` is a finite number above zero. */
export function positive(problem: string, option: string, value: number): number {
  if (!(value > 0 && Number.isFinite(value))) {
    throw new SpikewardError('INVALID_OPTION', `${problem}: ${option} = ${value}; it must be a finite number above 0`)
  }
  return value
}

/** Throws INVALID_OPTION unless `value` is a whole number of at least `least`. */
export function whole(what: string, option: string, value: number, least: number): number {
  if (!Number.isInteger(value) || value < least)
    throw new SpikewardError(
      'INVALID_OPTION',
      `${what}: ${option} = ${value}; it must be a whole number of at least ${least}`,
    )
  return value
}

/** The most numbers of one array of a problem: 1 GiB in double precision. */
const MAX_NUMBERS = 2 ** 27

/**
 * Refuses numbers that would fill the memory, before the first is made.
 *
 * @param what a plural name of the numbers, which begins the message
 * @param fewer what to reduce
 * @throws INVALID_OPTION above 2²⁷ numbers
 */
export function checkArraySize(what: string, numbers: number, fewer: string): void {
  if (numbers <= MAX_NUMBERS) return
  throw new SpikewardError(
    'INVALID_OPTION',
    `${what} are ${numbers} numbers, and at most ${MAX_NUMBERS} (1 GiB) are allowed, because all are held in memory; take fewer ${fewer}`,
  )
}

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
    `${problem} has the sets ${SPLITS.join(', ')}; ${call} was asked for ${describeValue(split)}; name one of them, such as ${call}('test')`,
  )
}
