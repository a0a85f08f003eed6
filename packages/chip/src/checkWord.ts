import { SpikewardError, printValue } from '@spikeward/core'

/** The error for a number that does not fit the chip's word. */
export const outOfRange = (what: string, value: unknown, low: number, high: number, chip: string): SpikewardError =>
  new SpikewardError(
    'CHIP_RANGE',
    `${what} is ${printValue(value)}; on ${chip} it must be a whole number from ${low} to ${high}; quantise() chooses a scale that fits`,
  )

/** Returns a whole number that fits its word unchanged. */
export function checkWord(what: string, value: unknown, low: number, high: number, chip: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= low && value <= high) return value
  throw outOfRange(what, value, low, high, chip)
}

/** Returns a whole-numbered option between its limits unchanged. */
export function checkOption(by: string, name: string, value: unknown, low: number, high: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= low && value <= high) return value
  throw new SpikewardError(
    'INVALID_OPTION',
    `${by}: ${name} is ${printValue(value)}; it must be a whole number from ${low} to ${high}`,
  )
}
