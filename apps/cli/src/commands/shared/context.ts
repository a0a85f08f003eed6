import type { ExitCode } from '../../usage/exitCodes.js'
import type { Factory } from '../../catalogue/factories.js'
import type { Leader } from '../../ranks/leader.js'
import type { Io } from '../../io/io.js'

/** The context of a command: where to write, and how to report its exit code. */
export type Context = {
  readonly io: Io
  readonly done: (code: ExitCode) => void
  /** Declared factories of packages that the command line names; their options are flags too. */
  readonly plugins: readonly Factory[]
  /** The ranks that this process leads, if a launcher started several; else null. */
  readonly ranks: Leader | null
}
