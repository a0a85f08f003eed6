import type { DataProgress } from '@spikeward/core'

/** The progress of a run. */
export type Progress = {
  readonly update: (step: number, loss: number, stepsPerSecond: number) => void
  readonly stop: () => void
}

/** Where a command writes and how it receives interruptions, injected so that tests can replace it. */
export type Io = {
  readonly out: (text: string) => void
  /** Resolves when the reader of {@link out} has taken enough for more to be written; absent: at once. */
  readonly drained?: () => Promise<void>
  readonly err: (text: string) => void
  /** Whether standard error is a terminal: progress bars there, plain lines elsewhere. */
  readonly errIsTerminal: boolean
  /** Calls back on Ctrl-C or a termination signal; returns a function that stops listening. */
  readonly onInterrupt: (callback: () => void) => () => void
  /**
   * The file of this program, which can be started again for trials in processes of their own; absent: they run in this
   * process.
   */
  readonly program?: string
  /** Shows the progress of a run that continues from a step; absent: nothing is shown. */
  readonly progress?: (total: number, from: number) => Progress
  /** Makes a function that shows the progress of generating data; absent: nothing is shown. */
  readonly dataProgress?: () => (progress: DataProgress) => void
}

export const silentIo: Io = {
  out: () => undefined,
  err: () => undefined,
  errIsTerminal: false,
  onInterrupt: () => () => undefined,
}
