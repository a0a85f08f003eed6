import { Presets, SingleBar } from 'cli-progress'
import { duration } from '@spikeward/experiment'
import type { Io, Progress } from '@spikeward/experiment'

const short = (value: number): string =>
  Math.abs(value) >= 1e-3 && Math.abs(value) < 1e5 ? value.toPrecision(4) : value.toExponential(2)
const rateOf = (rate: number): string => `${rate >= 10 ? rate.toFixed(0) : rate.toPrecision(2)} steps/s`

const INTERVAL = 5

export function showProgress(io: Io, total: number, from: number): Progress {
  if (io.errIsTerminal) {
    const bar = new SingleBar(
      {
        format: '{bar} {value}/{total}  {rate}  loss {loss}  {left} left',
        hideCursor: true,
        clearOnComplete: false,
        stream: process.stderr,
      },
      Presets.shades_classic,
    )
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
