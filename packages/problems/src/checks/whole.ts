import { SpikewardError } from '@spikeward/core'

/** Throws INVALID_OPTION unless `value` is a whole number of at least `least`. */
export function whole(what: string, option: string, value: number, least: number): number {
  if (!Number.isInteger(value) || value < least)
    throw new SpikewardError(
      'INVALID_OPTION',
      `${what}: ${option} = ${value}; it must be a whole number of at least ${least}`,
    )
  return value
}
