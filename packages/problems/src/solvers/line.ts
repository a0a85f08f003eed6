import { SpikewardError } from '@spikeward/core'

/** Equally spaced nodes, both ends included: xᵢ = low + (high − low) i/(count − 1). */
export type Line = { readonly low: number; readonly high: number; readonly count: number }

/** The nodes of a line. */
export const nodesOf = ({ low, high, count }: Line): Float64Array =>
  // Weighted ends: exact at both of them.
  Float64Array.from({ length: count }, (_, i) => (low * (count - 1 - i) + high * i) / (count - 1))

/** The distance between neighbours. */
export const stepOf = ({ low, high, count }: Line): number => (high - low) / (count - 1)

/** Throws INVALID_OPTION unless `value` is a whole number of at least `least`. */
export function whole(what: string, option: string, value: number, least: number): number {
  if (!Number.isInteger(value) || value < least)
    throw new SpikewardError(
      'INVALID_OPTION',
      `${what}: ${option} = ${value}; it must be a whole number of at least ${least}`,
    )
  return value
}
