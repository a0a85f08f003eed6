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
