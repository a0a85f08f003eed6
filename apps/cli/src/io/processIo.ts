import type { Io, ExitCode, Factory } from '@spikeward/experiment'
import { once } from 'node:events'
import type { Leader } from '@spikeward/experiment/node'

export type Context = {
  readonly io: Io
  readonly done: (code: ExitCode) => void
  /** Declared factories of packages that the command line names; their options are flags too. */
  readonly plugins: readonly Factory[]
  /** The ranks that this process leads, if a launcher started several; else null. */
  readonly ranks: Leader | null
}

/** The process's own streams and signals. A second Ctrl-C ends the process at once. */
export const processIo: Io = {
  out: (text) => void process.stdout.write(text),
  async drained() {
    const { stdout } = process
    if (!stdout.writableNeedDrain) return
    const waiting = new AbortController()
    // A reader that has closed the pipe takes nothing more.
    const events = ['drain', 'close', 'error'].map((event) =>
      once(stdout, event, { signal: waiting.signal }).catch(() => undefined),
    )
    await Promise.race(events)
    waiting.abort()
  },
  err: (text) => void process.stderr.write(text),
  errIsTerminal: process.stderr.isTTY === true,
  onInterrupt(callback) {
    const signals = ['SIGINT', 'SIGTERM'] as const
    const listen = (): void => {
      stop()
      callback()
    }
    const stop = (): void => signals.forEach((s) => process.off(s, listen))
    signals.forEach((s) => process.on(s, listen))
    return stop
  },
}

/**
 * Characters that a terminal interprets as commands: control characters except tab and line feed, and marks that
 * reverse the order of a line.
 */
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/**
 * A text without characters that a terminal takes for a command. Each is written as an escape of JSON, such as
 * `\u001b`, so that JSON keeps its meaning: names of nodes, columns and parameters in untrusted files may hold any
 * character.
 */
export const printable = (text: string): string =>
  text.replace(CONTROLS, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Streams that receive printable text only. */
export const printableIo = (io: Io): Io => ({
  ...io,
  out: (text) => io.out(printable(text)),
  err: (text) => io.err(printable(text)),
})
