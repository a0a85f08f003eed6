import { SpikewardError } from '@spikeward/core'

/** The resources that a reader may use for a file, in proportion to the file's size. */
export type Budget = {
  /** Bytes of doubles that one array may unpack to. */
  readonly memory: number
  /** Entries of a directory, arrays of a file, or links between groups, that are followed. */
  readonly nodes: number
  /** Seconds that opening the file, or reading one array, may take. */
  readonly seconds: number
}

/** The largest factor by which deflate shrinks data. */
const DEFLATE = 1032
const MiB = 2 ** 20

/** Deflate compresses by a factor of at most 1032: an entry that claims more is malformed. */
export const maxInflated = (compressed: number): number => DEFLATE * compressed + 1024

/**
 * The budget of a file. `memory` is its size after the best possible compression, plus 16 MiB for arrays of one value
 * that need no bytes; `nodes` is one for each 32 bytes, since every array takes more, plus 64; `seconds` is one per
 * MiB, plus 10.
 */
export const budgetOf = (fileBytes: number): Budget => ({
  memory: DEFLATE * fileBytes + 16 * MiB,
  nodes: Math.ceil(fileBytes / 32) + 64,
  seconds: 10 + fileBytes / MiB,
})

/** Bytes that the numbers and the names of a table may take for each byte of its text. */
const TEXT = 64

/**
 * The budget of a text. Nothing in it is compressed, so its `memory` is 64 times its size plus 16 MiB. A number takes
 * two bytes of text at least, and 8 bytes of memory; the name of a column takes the most.
 */
export const budgetOfText = (textBytes: number): Budget => ({
  ...budgetOf(textBytes),
  memory: TEXT * textBytes + 16 * MiB,
})

/** The error for a file that requires more than its size explains. */
export const overBudget = (path: string, budget: keyof Budget, demand: string, allowed: string): SpikewardError =>
  new SpikewardError(
    'DATA_BUDGET',
    `${path}: ${demand}; the budget of ${budget} for a file of this size is ${allowed}; ` +
      'the file is damaged, or was made to exhaust its readers; export the arrays that you need to a file of their own',
  )

/** @throws DATA_BUDGET for an array of more doubles than the budget of memory holds */
export function checkArrayMemory(path: string, name: string, shape: readonly number[], count: number, b: Budget): void {
  if (8 * count > b.memory)
    throw overBudget(
      path,
      'memory',
      `"${name}" of [${shape.join(' × ')}] takes ${8 * count} bytes`,
      `${b.memory} bytes`,
    )
}

/** A function that throws DATA_BUDGET once the budget of seconds is spent. */
export type Watch = () => void

/** Numbers between two looks at the clock. */
export const LOOK = 2 ** 16

/** Options of the readers of this folder. */
export type ReaderOptions = {
  /** The resources for reading. Default: those of a file of this size. */
  readonly budget?: Partial<Budget>
  /**
   * Seconds since some moment. Default: the smaller of the time on the clock and the processor time of this process.
   */
  readonly clock?: () => number
}

/**
 * Seconds of work since now: time on the clock, or the processor time of this process where that is less, as it is on a
 * busy machine.
 */
function secondsOfWork(): () => number {
  const began = performance.now()
  const used = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(used)
    return Math.min((performance.now() - began) / 1000, (user + system) / 1e6)
  }
}

/** Starts a clock, and returns the function that looks at it. */
export function watchSeconds(path: string, { seconds }: Budget, clock = secondsOfWork()): Watch {
  const began = clock()
  return () => {
    if (clock() - began > seconds)
      throw overBudget(path, 'seconds', 'reading it takes longer', `${seconds.toFixed(0)} s`)
  }
}
