import type { ExitCode, Factory, Io } from '@spikeward/experiment'
import type { Leader } from '@spikeward/experiment/node'

export type Context = {
  readonly io: Io
  readonly done: (code: ExitCode) => void
  /** Declared factories of packages that the command line names; their options are flags too. */
  readonly plugins: readonly Factory[]
  /** The ranks that this process leads, if a launcher started several; else null. */
  readonly ranks: Leader | null
}
