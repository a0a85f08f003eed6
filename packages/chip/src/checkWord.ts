import { SpikewardError } from '@spikeward/core'

/** A number does not fit the chip's word. */
export const outOfRange = (what: string, value: unknown, low: number, high: number, chip: string): SpikewardError =>
  new SpikewardError(
    'CHIP_RANGE',
    `${what} is ${JSON.stringify(value)}; ${chip} holds whole numbers from ${low} to ${high} there; quantise() chooses a scale that fits`,
  )

/** Returns a whole number within its word back unchanged. */
export function checkWord(what: string, value: unknown, low: number, high: number, chip: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= low && value <= high) return value
  throw outOfRange(what, value, low, high, chip)
}
