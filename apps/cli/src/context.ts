import type { ExitCode } from './exit.js'
import type { Io } from './io.js'

/** What a command is given: where to write, and whom to tell how it ended. */
export type Context = { readonly io: Io; readonly done: (code: ExitCode) => void }
