import { SpikewardError } from '@spikeward/core'

/** The resources that a reader may use for a file, in proportion to the file's size. */
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

/** Deflate compresses by a factor of at most 1032: an entry that claims more is malformed. */
export const mostInflated = (compressed: number): number => DEFLATE * compressed + 1024

/**
 * The budget of a file. `memory` is its size after the best possible compression, plus 16 MiB for arrays of one value
 * that need no bytes; `nodes` is a sixteenth of its bytes, since every link takes more, plus 64; `seconds` is one per
 * MiB, plus 10.
 */
export const budgetOf = (fileBytes: number): Budget => ({
  memory: DEFLATE * fileBytes + 16 * MiB,
  nodes: Math.ceil(fileBytes / 16) + 64,
  seconds: 10 + fileBytes / MiB,
})

/** The error for a file that requires more than its size explains. */
export const overBudget = (path: string, budget: keyof Budget, demand: string, allowed: string): SpikewardError =>
  new SpikewardError(
    'DATA_BUDGET',
    `${path}: ${demand}; the budget of ${budget} for a file of this size is ${allowed}; ` +
      'the file is damaged, or was made to exhaust its readers; export the arrays that you need to a file of their own',
  )
