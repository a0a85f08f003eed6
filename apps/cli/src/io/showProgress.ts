import { createRequire } from 'node:module'
import type * as bars from 'cli-progress'
import type { DataProgress } from '@spikeward/core'
import type { Io, Progress } from '@spikeward/experiment'
import { duration } from '@spikeward/experiment/names'

/** A bar. Its package is loaded for the first one, because few commands show one. */
function openBar(options: bars.Options): bars.SingleBar {
  const { Presets, SingleBar: Bar } = createRequire(import.meta.url)('cli-progress') as typeof bars
  return new Bar({ ...options, hideCursor: true, stream: process.stderr }, Presets.shades_classic)
}

const short = (value: number): string =>
  Math.abs(value) >= 1e-3 && Math.abs(value) < 1e5 ? value.toPrecision(4) : value.toExponential(2)
const rateOf = (rate: number): string => `${rate >= 10 ? rate.toFixed(0) : rate.toPrecision(2)} steps/s`

/** Seconds between two plain lines, and before the first report of generated data. */
const [INTERVAL, FIRST_REPORT] = [5, 0.5]

export function showProgress(io: Io, total: number, from: number): Progress {
  if (io.errIsTerminal) {
    const bar = openBar({
      format: '{bar} {value}/{total}  {rate}  loss {loss}  {left} left',
      clearOnComplete: false,
    })
    bar.start(total, from, { rate: '—', loss: '—', left: '—' })
    return {
      update: (step, loss, rate) =>
        bar.update(step, { rate: rateOf(rate), loss: short(loss), left: duration((total - step) / rate) }),
      stop: () => bar.stop(),
    }
  }
  let shown = performance.now()
  return {
    update(step, loss, rate) {
      if (step < total && performance.now() - shown < 1000 * INTERVAL) return
      shown = performance.now()
      io.err(`step ${step}/${total}  ${rateOf(rate)}  loss ${short(loss)}  ${duration((total - step) / rate)} left\n`)
    },
    stop: () => undefined,
  }
}

export const withProgress = (io: Io): Io => ({
  ...io,
  progress: (total, from) => showProgress(io, total, from),
  dataProgress: () => showData(io),
})

/** Progress of generating data: a bar on a terminal, plain lines elsewhere. */
export function showData(io: Io): (progress: DataProgress) => void {
  let bar: bars.SingleBar | null = null
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
        bar = openBar({ format })
        bar.start(total, done, { split })
      }
      bar.update(done)
    } else if (performance.now() - reported > 1000 * INTERVAL) {
      reported = performance.now()
      io.err(`data  ${split}  ${done}/${total} functions\n`)
    }
  }
}
