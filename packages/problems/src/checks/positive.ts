import { SpikewardError } from '@spikeward/core'

/** Throws INVALID_OPTION unless `value` is a finite number above zero. */
export function positive(problem: string, option: string, value: number): number {
  if (!(value > 0 && Number.isFinite(value))) {
    throw new SpikewardError('INVALID_OPTION', `${problem}: ${option} = ${value}; it must be a finite number above 0`)
  }
  return value
}
