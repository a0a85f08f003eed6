import { Presets, SingleBar } from 'cli-progress'
import type { DataProgress } from '@spikeward/core'
import type { Io } from './io.js'

/** Seconds after which data that are still being made are spoken of, and between two plain lines. */
const [PATIENCE, INTERVAL] = [0.5, 5]

/** How data that are being drawn and solved for show themselves: a bar on a terminal, plain lines elsewhere. */
export function showData(io: Io, quiet: boolean): (progress: DataProgress) => void {
  if (quiet) return () => undefined
  let bar: SingleBar | null = null
  let began = performance.now()
  let spoken = 0
  return ({ split, done, total }) => {
    if (done === 0) began = performance.now()
    const seconds = (performance.now() - began) / 1000
    if (done === total) {
      bar?.update(total)
      bar?.stop()
      if (bar === null && spoken > 0) io.err(`data  ${split}  ${done}/${total} functions\n`)
      bar = null
      spoken = 0
      return
    }
    if (seconds < PATIENCE) return
    if (io.errIsTerminal) {
      if (bar === null) {
        const format = '{bar} {value}/{total} functions  {split}  {eta} s left'
        bar = new SingleBar({ format, hideCursor: true, stream: process.stderr }, Presets.shades_classic)
        bar.start(total, done, { split })
      }
      bar.update(done)
    } else if (performance.now() - spoken > 1000 * INTERVAL) {
      spoken = performance.now()
      io.err(`data  ${split}  ${done}/${total} functions\n`)
    }
  }
}
