import { SpikewardError } from '@spikeward/core'

/** Throws INVALID_OPTION where one of the numbers is not whole and at least 1. */
export function checkCounts(name: string, counts: Readonly<Record<string, number>>): void {
  for (const [what, value] of Object.entries(counts)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new SpikewardError('INVALID_OPTION', `${name}: ${what} = ${value}; give a whole number of at least 1`)
    }
  }
}

/** Throws UNKNOWN_OPTION for a name that is not among the known ones. */
export function checkNames(name: string, options: object, known: readonly string[]): void {
  const stranger = Object.keys(options).find((o) => !known.includes(o))
  if (stranger !== undefined) {
    throw new SpikewardError(
      'UNKNOWN_OPTION',
      `${name}: there is no option '${stranger}'; known are ${known.join(', ')}`,
    )
  }
}
