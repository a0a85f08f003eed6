import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Where a benchmark writes, injected so that tests can replace it. */
export type Io = {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
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
  spawn: (args) =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [program, ...args], { stdio: 'inherit' })
      child.on('error', reject)
      child.on('close', (code) => resolve(code ?? 1))
    }),
})

/** The progress of a benchmark with many cells: a line for each that has ended. */
export type Progress = {
  step(what: string): void
  /** Changes the number of cells: a search may go on, or end early. */
  more(cells: number): void
}

export function showProgress(io: Io, total: number): Progress {
  let [at, of] = [0, total]
  return { step: (what) => io.err(`${++at}/${of}  ${what}\n`), more: (cells) => void (of += cells) }
}

// This file is in src and its bundle in dist; both are next to the folder of the peers.

export const benchRoot = fileURLToPath(new URL('..', import.meta.url))

export const checkoutRoot = fileURLToPath(new URL('../../..', import.meta.url))

export const peerScript = (name: string): string => fileURLToPath(new URL(`../peers/${name}`, import.meta.url))

/** The file of numbers that may only change on purpose. */
export const guardFile = fileURLToPath(new URL('../test/suite/guard.json', import.meta.url))
