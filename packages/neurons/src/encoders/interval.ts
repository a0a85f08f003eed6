import { SpikewardError } from '@spikeward/core'
import { checkNumber } from '../options.js'

/** The values that an encoder tells apart. */
export interface Interval {
  /** Least value; 0 by default. */
  readonly min?: number
  /** Largest value, above `min`; 1 by default. */
  readonly max?: number
}

/** Checks an interval and fills in the defaults. */
export function checkInterval(factory: string, options: Interval): Required<Interval> {
  const min = checkNumber(factory, 'min', options.min ?? 0)
  const max = checkNumber(factory, 'max', options.max ?? 1)
  if (min < max) return { min, max }
  throw new SpikewardError(
    'INVALID_OPTION',
    `${factory}: min is ${min} and max ${max}; the interval would hold no value; pass min < max`,
  )
}
