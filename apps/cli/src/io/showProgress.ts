import { Presets, SingleBar } from 'cli-progress'
import type { Io } from './io.js'

/** The progress of a run. */
export type Progress = {
  readonly update: (step: number, loss: number, stepsPerSecond: number) => void
  readonly stop: () => void
}

/** A duration for display: 420 ms, 3.2 s, 42 s, 3 min 5 s, 2 h 10 min. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '—'
  if (seconds > 0 && seconds < 0.9995) return `${Number((1000 * seconds).toPrecision(3))} ms`
  if (seconds > 0 && seconds < 9.95) return `${seconds.toFixed(1)} s`
  const s = Math.max(0, Math.round(seconds))
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`
}

const short = (value: number): string =>
  Math.abs(value) >= 1e-3 && Math.abs(value) < 1e5 ? value.toPrecision(4) : value.toExponential(2)
const rateOf = (rate: number): string => `${rate >= 10 ? rate.toFixed(0) : rate.toPrecision(2)} steps/s`

/** Seconds between two plain lines. */
const INTERVAL = 5

/** A bar on a terminal, a plain line every few seconds elsewhere, nothing when quiet. */
export function showProgress(io: Io, total: number, from: number, quiet: boolean): Progress {
  if (quiet) return { update: () => undefined, stop: () => undefined }
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
