import { SpikewardError } from '@spikeward/core'

/** A value of training, the largest magnitude that it can reach, and the word that holds it. */
export interface WordUse {
  readonly value: string
  /** The layer, or the number of layers for a value of the loss. */
  readonly layer: number
  readonly largest: number
  /** Bits that the magnitude and a sign need. */
  readonly bits: number
  /** Bits of the word. */
  readonly word: number
}

/** Bits of the accumulator of a sum of weights and of the simulated arithmetic. */
export const ACCUMULATOR = 32

/** Largest magnitude of a difference of losses, as an estimator receives it: a word of 8 bits. */
export const LARGEST_DIFFERENCE = 127

const bitsFor = (largest: number): number => Math.ceil(Math.log2(largest + 1)) + 1

/** A value that reaches `largest`, in a word of `word` bits. */
export const wordUse = (value: string, layer: number, largest: number, word: number): WordUse => ({
  value,
  layer,
  largest,
  bits: bitsFor(largest),
  word,
})

/**
 * Returns the uses if every value fits its word.
 *
 * @throws CHIP_WIDTH naming the first that does not
 */
export function checkUses(uses: readonly WordUse[]): readonly WordUse[] {
  const over = uses.find((use) => use.bits > use.word)
  if (over === undefined) return uses
  throw new SpikewardError(
    'CHIP_WIDTH',
    `${over.value} of layer ${over.layer} can reach ${over.largest}, which needs ${over.bits} bits, but its word has ${over.word}; use fewer samples per step, a smaller fan-in or fewer input bits`,
  )
}
