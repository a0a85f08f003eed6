import { spawn } from 'node:child_process'
import { Presets, SingleBar } from 'cli-progress'

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

/** The process's own streams. `program` is the file that runs a command line in a separate process. */
export const processIo = (program: string): Io => ({
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  errIsTerminal: process.stderr.isTTY,
  spawn: (args) =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [program, ...args], { stdio: 'inherit' })
      child.on('error', reject)
      child.on('close', (code) => resolve(code ?? 1))
    }),
})

/** The progress of a benchmark with many cells. */
export type Progress = {
  step(what: string): void
  /** Changes the number of cells: a search may go on, or end early. */
  more(cells: number): void
  stop(): void
}

export function showProgress(io: Io, total: number, done = 0): Progress {
  if (io.errIsTerminal !== true) {
    let [at, of] = [done, total]
    return {
      step: (what) => io.err(`${++at}/${of}  ${what}\n`),
      more: (cells) => void (of += cells),
      stop: () => undefined,
    }
  }
  const bar = new SingleBar(
    { format: '{bar} {value}/{total}  {what}  {eta_formatted} left', hideCursor: true, stream: process.stderr },
    Presets.shades_classic,
  )
  bar.start(total, done, { what: '' })
  return {
    step: (what) => bar.increment(1, { what }),
    more: (cells) => bar.setTotal(bar.getTotal() + cells),
    stop: () => bar.stop(),
  }
}
