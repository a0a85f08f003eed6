import { SpikewardError } from '@spikeward/core'

/**
 * Refuses option names that a factory does not know, which plain JavaScript would swallow silently.
 *
 * @throws UNKNOWN_OPTION naming the option and the known ones
 */
export function checkNames(factory: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    throw new SpikewardError(
      'UNKNOWN_OPTION',
      `${factory} has no option '${name}'; it would be ignored; use one of: ${known.join(', ')}`,
    )
  }
}

/**
 * A count of at least 1, given back unchanged.
 *
 * @throws INVALID_OPTION for anything but a positive integer
 */
export function checkCount(factory: string, name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new SpikewardError(
    'INVALID_OPTION',
    `${factory}: ${name} is ${value}; it counts things, so it must be an integer of at least 1`,
  )
}

/**
 * One of a few words, given back unchanged.
 *
 * @throws INVALID_OPTION naming the words
 */
export function checkChoice<T extends string>(factory: string, name: string, value: T, choices: readonly T[]): T {
  if (choices.includes(value)) return value
  throw new SpikewardError('INVALID_OPTION', `${factory}: ${name} is '${value}'; use one of: ${choices.join(', ')}`)
}

/**
 * A number in an interval, ends included, given back unchanged.
 *
 * @throws INVALID_OPTION for anything else, NaN included
 */
export function checkNumber(factory: string, name: string, value: number, low: number, high = Infinity): number {
  if (Number.isFinite(value) && value >= low && value <= high) return value
  throw new SpikewardError(
    'INVALID_OPTION',
    `${factory}: ${name} is ${value}; give a number ${high === Infinity ? `of at least ${low}` : `from ${low} to ${high}`}`,
  )
}
