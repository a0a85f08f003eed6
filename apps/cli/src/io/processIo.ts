import { once } from 'node:events'
import type { Io } from '@spikeward/experiment'

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
