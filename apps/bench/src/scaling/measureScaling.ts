/** Varies one factor at a time around a step; steps that are too large are listed with the reason. */
import { openBackend } from '../backends.js'
import type { StepOptions } from '../benchmarks/speed/stepOptions.js'
import { type StepCount, countStep } from '../counting/countStep.js'
import { type Io, showProgress } from '../io.js'
import { sampleMedian as median } from '@spikeward/train'
import { least, timesOf } from '../step/alternate.js'
import type { Measured } from '../run/benchmark.js'
import { hasDirections } from '../catalogue.js'
import type { StepSettings } from '../step/stepSettings.js'
import { makeWorkload } from '../step/workload.js'

export type ScalingSettings = StepOptions & {
  readonly overWidths: readonly number[]
  readonly overTimes: readonly number[]
  readonly overBatches: readonly number[]
  readonly overDirections: readonly number[]
  readonly estimators: readonly string[]
  /** GiB. */
  readonly memoryLimit: number
  /** Seconds per step. */
  readonly stepLimit: number
  /** Seconds per cell. */
  readonly cellSeconds: number
}

export type Factor = 'widths' | 'time' | 'batch' | 'directions'

/** A cell: measured, or skipped with the reason. */
export type ScalingRow = {
  readonly factor: Factor
  readonly value: number
  readonly estimator: string
  readonly medianMs: number | null
  readonly minMs: number | null
  readonly flops: number
  readonly bytes: number
  readonly workspaceBytes: number
  readonly skipped: string | null
}

export function range(low: number, high: number): readonly number[] {
  const out: number[] = []
  for (let n = low; n <= high; n *= 2) out.push(n)
  return out
}

/**
 * The cells in order: within a factor and an estimator from small to large, so that each predicts the cost of the next.
 */
export function cells(settings: ScalingSettings): readonly { factor: Factor; value: number; step: StepSettings }[] {
  const [inputs = 1, outputs = 1] = [settings.widths[0], settings.widths.at(-1)]
  const hidden = settings.widths.length - 2
  const changes: Readonly<Record<Factor, readonly [number, Partial<StepSettings>][]>> = {
    widths: settings.overWidths.map((w) => [w, { widths: [inputs, ...new Array<number>(hidden).fill(w), outputs] }]),
    time: settings.overTimes.map((time) => [time, { time }]),
    batch: settings.overBatches.map((batch) => [batch, { batch }]),
    directions: settings.overDirections.map((directions) => [directions, { directions }]),
  }
  const { scope, directions, distribution, widths, time, batch, surrogate, beta } = settings
  const base = { scope, directions, distribution, widths, time, batch, surrogate, beta }
  return (Object.keys(changes) as Factor[]).flatMap((factor) =>
    settings.estimators
      .filter((e) => factor !== 'directions' || hasDirections(e))
      .flatMap((estimator) =>
        changes[factor].map(([value, change]) => ({ factor, value, step: { ...base, ...change, estimator } })),
      ),
  )
}

/**
 * The reason why a cell cannot be measured, or null. `msPerFlop` is that of the smaller neighbour, null if there is
 * none.
 */
export function whySkipped(
  count: Pick<StepCount, 'peakBytes' | 'flops'>,
  limits: Pick<ScalingSettings, 'memoryLimit' | 'stepLimit'>,
  msPerFlop: number | null,
): string | null {
  const gib = count.peakBytes / 2 ** 30
  if (gib > limits.memoryLimit) return `would hold ${gib.toFixed(1)} GiB, the limit is ${limits.memoryLimit} GiB`
  const seconds = msPerFlop === null ? 0 : (msPerFlop * count.flops) / 1000
  if (seconds > limits.stepLimit) {
    return `a step would take about ${seconds.toFixed(1)} s, the limit is ${limits.stepLimit} s`
  }
  return null
}

async function timeCell(step: StepSettings, settings: ScalingSettings): Promise<readonly number[]> {
  await using backend = await openBackend(settings.backend, settings.threads)
  const workload = await makeWorkload(step, backend, false)
  try {
    const [once = 1] = await timesOf(workload.step, 1)
    return await timesOf(workload.step, Math.max(3, Math.min(200, Math.round((1000 * settings.cellSeconds) / once))))
  } finally {
    workload.dispose()
  }
}

export async function measureScaling(
  settings: ScalingSettings,
  io: Io,
): Promise<Measured<{ readonly rows: readonly ScalingRow[] }>> {
  const all = cells(settings)
  const progress = showProgress(io, all.length)
  const rows: ScalingRow[] = []
  const samples: Record<string, readonly number[]> = {}
  let before: { readonly line: string; readonly msPerFlop: number | null } = { line: '', msPerFlop: null }
  for (const { factor, value, step } of all) {
    const line = `${factor} ${step.estimator}`
    const count = await countStep(step)
    const skipped = whySkipped(count, settings, before.line === line ? before.msPerFlop : null)
    const times = skipped === null ? await timeCell(step, settings) : null
    const medianMs = times === null ? null : median(times)
    if (times !== null) samples[`${factor} ${value} ${step.estimator}`] = times
    const { flops, bytes, workspaceBytes } = count
    rows.push({
      ...{ factor, value, estimator: step.estimator, medianMs, minMs: times === null ? null : least(times) },
      ...{ flops, bytes, workspaceBytes, skipped },
    })
    before = { line, msPerFlop: medianMs === null ? before.msPerFlop : medianMs / count.flops }
    progress.step(`${line} ${value}`)
  }
  return { result: { rows }, samples }
}
