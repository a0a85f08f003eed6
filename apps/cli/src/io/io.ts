/** Where a command writes and how it receives interruptions, injected so that tests can replace it. */
export type Io = {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Whether standard error is a terminal: progress bars there, plain lines elsewhere. */
  readonly errIsTerminal: boolean
  /** Calls back on Ctrl-C or a termination signal; returns a function that stops listening. */
  readonly onInterrupt: (callback: () => void) => () => void
  /** The file of this program, which can be started again for trials in processes of their own; absent: they run in this process. */
  readonly program?: string
}

/** The process's own streams and signals. A second Ctrl-C ends the process at once. */
export const processIo: Io = {
  out: (text) => void process.stdout.write(text),
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
