/** Where a benchmark writes: given from outside, so that tests can stand in. */
export type Io = {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly errIsTerminal?: boolean
  /** Runs a command line in a process of its own, its output passed on; gives the exit code. Absent: in this one. */
  readonly spawn?: (args: readonly string[]) => Promise<number>
}
