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
 * A learning rate, given back unchanged.
 *
 * @throws INVALID_LEARNING_RATE for NaN, an infinity, a negative number or no number at all
 */
export function checkRate(factory: string, rate: number): number {
  if (typeof rate === 'number' && Number.isFinite(rate) && rate >= 0) return rate
  throw new SpikewardError(
    'INVALID_LEARNING_RATE',
    `${factory}: the learning rate is ${String(rate)}; one step with it would ruin the parameters; give a finite number of at least 0`,
  )
}

/** What a number may be; `decay` is a share kept from step to step. */
export type Range = 'decay' | 'positive' | 'notNegative' | 'count' | 'finite'

const ranges: Readonly<Record<Range, { readonly holds: (x: number) => boolean; readonly says: string }>> = {
  decay: { holds: (x) => x >= 0 && x < 1, says: 'at least 0 and below 1' },
  positive: { holds: (x) => x > 0 && Number.isFinite(x), says: 'a finite number above 0' },
  notNegative: { holds: (x) => x >= 0 && Number.isFinite(x), says: 'a finite number of at least 0' },
  count: { holds: (x) => Number.isSafeInteger(x) && x >= 1, says: 'an integer of at least 1' },
  finite: { holds: Number.isFinite, says: 'a finite number' },
}

/**
 * A number within its range, given back unchanged.
 *
 * @throws INVALID_OPTION
 */
export function checkNumber(factory: string, name: string, value: number, range: Range): number {
  if (typeof value === 'number' && ranges[range].holds(value)) return value
  throw new SpikewardError(
    'INVALID_OPTION',
    `${factory}: ${name} is ${String(value)}; it must be ${ranges[range].says}`,
  )
}
