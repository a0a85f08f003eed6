import { SpikewardError } from '@spikeward/core'

/**
 * How one step is cut into cells: `directions` shares of the K directions times `batch` shares of the batch. The cut is
 * a setting of the run and independent of the number of ranks: a cell gives the same result to the bit on every rank.
 */
export type Cut = { readonly directions: number; readonly batch: number }

/** Half-open range of whole numbers. */
export type Range = { readonly from: number; readonly to: number }

/** The cells of a rank: contiguous, and distributed as evenly as possible. */
export const cellsOf = (rank: number, size: number, count: number): Range => ({
  from: Math.floor((rank * count) / size),
  to: Math.floor(((rank + 1) * count) / size),
})

/** The length of a range. */
export const lengthOf = ({ from, to }: Range): number => to - from

/**
 * Throws INVALID_OPTION if a cut is impossible.
 *
 * @param part the least number of elements of a part of a gradient
 */
export function checkCut({ directions, batch }: Cut, part = Infinity): void {
  for (const [name, value] of Object.entries({ directions, batch })) {
    if (Number.isInteger(value) && value >= 1 && value <= 65_536) continue
    throw new SpikewardError(
      'INVALID_OPTION',
      `overRanks: ${name} = ${value}; give the number of shares, a whole number from 1 to 65536`,
    )
  }
  if (part === Infinity || (Number.isInteger(part) && part >= 1)) return
  throw new SpikewardError(
    'INVALID_OPTION',
    `overRanks: part = ${part}; give the least number of elements of a part, a whole number from 1, or Infinity for one part`,
  )
}
