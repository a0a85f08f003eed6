import { SpikewardError } from '@spikeward/core'

/** What a reader may spend on a file, in proportion to the file's size. */
export type Budget = {
  /** Bytes of numbers that one array may unpack to. */
  readonly memory: number
  /** Entries of a directory, or links between groups, that are followed. */
  readonly nodes: number
  /** Seconds that a library may take for one answer. */
  readonly seconds: number
}

/** The largest factor by which deflate shrinks data. */
const DEFLATE = 1032
const MiB = 2 ** 20

/** Deflate shrinks by a factor of 1032 at the most: an entry that claims more cannot be what it says. */
export const mostInflated = (compressed: number): number => DEFLATE * compressed + 1024

/**
 * The budget of a file. `memory` is what deflate can make of it, and 16 MiB for arrays of one value that need no bytes at all;
 * `nodes` a sixteenth of its bytes, fewer than any link takes, and 64; `seconds` one for each MiB, and 10.
 */
export const budgetOf = (fileBytes: number): Budget => ({
  memory: DEFLATE * fileBytes + 16 * MiB,
  nodes: Math.ceil(fileBytes / 16) + 64,
  seconds: 10 + fileBytes / MiB,
})

/** The error for a file that asks for more than its size explains. */
export const overBudget = (path: string, budget: keyof Budget, demand: string, allowed: string): SpikewardError =>
  new SpikewardError(
    'DATA_BUDGET',
    `${path}: ${demand}; the budget of ${budget} for a file of this size is ${allowed}; ` +
      'the file is damaged, or was made to exhaust its readers; export the arrays that you need to a file of their own',
  )
