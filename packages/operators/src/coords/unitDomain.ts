import { SpikewardError } from '@spikeward/core'
import type { Domain } from '@spikeward/core'

/** Shift and scale that map an interval to [−1, 1]. */
export const toUnit = ([low, high]: readonly [number, number]): { shift: number; scale: number } => ({
  shift: (low + high) / 2,
  scale: (high - low) / 2,
})

/** Checks that a domain has one interval for each axis, with low below high. The default is [−1, 1] for every axis. */
export function checkDomain(name: string, axes: number, domain: Domain | undefined): Domain {
  if (domain === undefined) return Array.from({ length: axes }, () => [-1, 1] as const)
  const bad = domain.find(([low, high]) => !(low < high && Number.isFinite(high - low)))
  if (domain.length !== axes || bad !== undefined) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `${name}: domain ${JSON.stringify(domain)} for ${axes} axes; give [low, high] for each axis, with low below high`,
    )
  }
  return domain
}
