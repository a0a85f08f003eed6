import { Presets, SingleBar } from 'cli-progress'
import type { DataProgress } from '@spikeward/core'
import type { Io } from '@spikeward/experiment'

/** Seconds before the first report of generated data, and between two plain lines. */
const [FIRST_REPORT, INTERVAL] = [0.5, 5]

/** Progress of generating data: a bar on a terminal, plain lines elsewhere. */
export function showData(io: Io): (progress: DataProgress) => void {
  let bar: SingleBar | null = null
  let began = performance.now()
  let reported = 0
  return ({ split, done, total }) => {
    if (done === 0) began = performance.now()
    const seconds = (performance.now() - began) / 1000
    if (done === total) {
      bar?.update(total)
      bar?.stop()
      if (bar === null && reported > 0) io.err(`data  ${split}  ${done}/${total} functions\n`)
      bar = null
      reported = 0
      return
    }
    if (seconds < FIRST_REPORT) return
    if (io.errIsTerminal) {
      if (bar === null) {
        const format = '{bar} {value}/{total} functions  {split}  {eta} s left'
        bar = new SingleBar({ format, hideCursor: true, stream: process.stderr }, Presets.shades_classic)
        bar.start(total, done, { split })
      }
      bar.update(done)
    } else if (performance.now() - reported > 1000 * INTERVAL) {
      reported = performance.now()
      io.err(`data  ${split}  ${done}/${total} functions\n`)
    }
  }
}
