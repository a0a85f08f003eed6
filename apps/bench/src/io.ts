/** Where a benchmark writes, injected so that tests can replace it. */
export type Io = {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly errIsTerminal?: boolean
  /**
   * Runs a command line in a separate process, passes its output on, and returns the exit code. If absent, commands run
   * in this process.
   */
  readonly spawn?: (args: readonly string[]) => Promise<number>
}
