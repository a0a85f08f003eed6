import { Presets, SingleBar } from 'cli-progress'
import type { Io } from './io.js'

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
