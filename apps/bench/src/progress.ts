import { Presets, SingleBar } from 'cli-progress'
import type { Io } from './io.js'

/** The progress of a benchmark with many cells. */
export type Progress = { step(what: string): void; stop(): void }

/** A progress bar on a terminal, otherwise one line per cell. */
export function showProgress(io: Io, total: number, done = 0): Progress {
  if (io.errIsTerminal !== true) {
    let at = done
    return {
      step: (what) => io.err(`${++at}/${total}  ${what}\n`),
      stop: () => undefined,
    }
  }
  const bar = new SingleBar(
    { format: '{bar} {value}/{total}  {what}  {eta_formatted} left', hideCursor: true, stream: process.stderr },
    Presets.shades_classic,
  )
  bar.start(total, done, { what: '' })
  return { step: (what) => bar.increment(1, { what }), stop: () => bar.stop() }
}
