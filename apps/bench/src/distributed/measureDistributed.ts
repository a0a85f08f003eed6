import { cpus } from 'node:os'
import type { Cut, Link } from '@spikeward/distributed'
import type { Io } from '../io.js'
import { showProgress } from '../progress.js'
import type { Measured } from '../run/benchmark.js'
import type { StepOptions } from '../benchmarks/speed/stepOptions.js'
import { median } from '../sampleStatistics.js'
import type { StepParts } from './costModel.js'
import { directionsMessage, fitParts, gradientMessage, predictOversubscribed, predictStep } from './costModel.js'
import { measureOverlap } from './measureOverlap.js'
import type { Overlap, OverlapSettings } from './measureOverlap.js'
import { runRanks } from './runRanks.js'
import type { RankTiming, RankWork } from './timeRank.js'

/** Settings of the benchmark `distributed`. */
export type DistributedSettings = StepOptions &
  OverlapSettings & {
    readonly shares: number
    readonly batchShares: number
    readonly ranks: readonly number[]
    readonly rounds: number
    readonly steps: number
    /** Milliseconds of added latency. */
    readonly latencies: readonly number[]
    /** Numbers of ranks above that of the cores, at which the model is checked. */
    readonly oversubscribed: readonly number[]
    /** Mbit/s of the modelled connection. */
    readonly bandwidth: number
  }

/** One way to take a step on a number of ranks. */
type Contender = { readonly mode: Mode; readonly ranks: number; readonly work: RankWork }

/**
 * One program on one rank; shares of directions, of the batch; back-propagation with an allreduce of gradients. `weak`: K directions, or
 * the batch, on every rank.
 */
export type Mode = 'one program' | 'directions' | 'batch' | 'gradients' | 'weak directions' | 'weak batch'

/** A step on more ranks than there are cores, measured and by the model. */
export type Checked = {
  readonly mode: Mode
  readonly ranks: number
  readonly measuredMs: number
  readonly predictedMs: number
}

/** The stored result of the benchmark. Runs stored before `checks`, `overlaps` and the modes `weak …` existed lack them. */
export type DistributedResult = {
  readonly rows: readonly DistributedRow[]
  readonly model: readonly Predicted[]
  readonly checks?: readonly Checked[]
  readonly overlaps?: readonly Overlap[]
}

/** Times of a mode on a number of ranks. */
export type DistributedRow = {
  readonly mode: Mode
  readonly ranks: number
  /** Added latency in ms; null: ranks of this machine. */
  readonly latency: number | null
  readonly medianMs: number
  readonly sentBytes: number
  readonly calls: number
  readonly parameters: number
  /** Steps per second of the mode divided by those of its first number of ranks. */
  readonly speedup: number
}

/** Milliseconds of a step that the model gives for many ranks. */
export type Predicted = {
  readonly link: string
  readonly ranks: number
  readonly parameters: number
  readonly directionsMs: number
  readonly gradientsMs: number
}

/** Connections that the model is printed for. */
const links: Readonly<Record<string, Link>> = {
  'data centre (5 µs, 100 Gbit/s)': { latency: 5e-6, bandwidth: 12.5e9 },
  'internet (30 ms, 100 Mbit/s)': { latency: 0.03, bandwidth: 12.5e6 },
}

const workOf = (settings: DistributedSettings, mode: Mode, link: Link | null, ranks: number): RankWork => {
  const { estimator: _, ...step } = settings
  const cuts: Readonly<Record<Mode, Cut | null>> = {
    'one program': null,
    directions: { directions: settings.shares, batch: 1 },
    batch: { directions: 1, batch: settings.batchShares },
    gradients: { directions: 1, batch: settings.batchShares },
    'weak directions': { directions: ranks, batch: 1 },
    'weak batch': { directions: 1, batch: ranks },
  }
  const { scope, directions, distribution, widths, time, batch, surrogate, beta } = step
  return {
    step: {
      ...{ scope, distribution, widths, time, surrogate, beta },
      directions: mode === 'weak directions' ? directions * ranks : directions,
      batch: mode === 'weak batch' ? batch * ranks : batch,
      estimator: mode === 'gradients' ? 'bp' : 'rfg',
    },
    cut: cuts[mode],
    steps: settings.steps,
    link,
  }
}

/**
 * Times every mode on every number of ranks in alternating rounds, then over slow links and on more ranks than cores, and fits the cost
 * model.
 */
export async function measureDistributed(settings: DistributedSettings, io: Io): Promise<Measured<DistributedResult>> {
  const { backend, threads, ranks, rounds, latencies, bandwidth, oversubscribed } = settings
  const modes: readonly Mode[] = ['directions', 'batch', 'gradients', 'weak directions', 'weak batch']
  const near: readonly Contender[] = [
    { mode: 'one program', ranks: 1, work: workOf(settings, 'one program', null, 1) },
    ...modes.flatMap((mode) => ranks.map((n) => ({ mode, ranks: n, work: workOf(settings, mode, null, n) }))),
  ]
  const most = Math.max(...ranks)
  const overlapJobs = (settings.overlapBandwidths.length + 1) * settings.overlapRounds
  const progress = showProgress(io, near.length * rounds + (latencies.length + oversubscribed.length) * 2 + overlapJobs)
  let overlaps: readonly Overlap[] = []
  const timings = new Map<Contender, RankTiming[]>(near.map((c) => [c, []]))
  const rows: DistributedRow[] = []
  const checks: Checked[] = []
  const samples: Record<string, readonly number[]> = {}
  const rowOf = ({ mode, ranks: n }: Contender, all: readonly RankTiming[], latency: number | null, first: number) => {
    const times = all.flatMap((t) => t.times)
    const medianMs = median(times)
    samples[`${mode}, ${n} ranks${latency === null ? '' : `, ${latency} ms`}`] = times
    const { sentBytes, calls, parameters } = all[0]!
    return { mode, ranks: n, latency, medianMs, sentBytes, calls, parameters, speedup: first / medianMs || 1 }
  }
  try {
    for (let round = 0; round < rounds; round++) {
      for (const contender of near) {
        timings.get(contender)!.push(await runRanks(contender.ranks, { ...contender.work, backend, threads }))
        progress.step(`${contender.mode}, ${contender.ranks} ranks`)
      }
    }
    for (const contender of near) {
      const first = rows.find((r) => r.mode === contender.mode)?.medianMs
      rows.push(rowOf(contender, timings.get(contender)!, null, first ?? 0))
    }
    for (const latency of latencies) {
      for (const mode of ['directions', 'gradients'] as const) {
        const link = { latency: latency / 1000, bandwidth: (bandwidth * 1e6) / 8 }
        const work = { ...workOf(settings, mode, link, most), steps: Math.min(settings.steps, 10) }
        const timing = await runRanks(most, { ...work, backend, threads })
        const first = rows.find((r) => r.mode === mode && r.latency === null && r.ranks === most)!.medianMs
        rows.push(rowOf({ mode, ranks: most, work }, [timing], latency, first))
        progress.step(`${mode}, ${latency} ms`)
      }
    }
    for (const mode of ['batch', 'gradients'] as const) {
      const parts = partsOf(rows, mode, settings.batchShares)
      for (const n of oversubscribed) {
        const work = { ...workOf(settings, mode, null, n), steps: Math.min(settings.steps, 20) }
        const { times } = await runRanks(n, { ...work, backend, threads })
        samples[`${mode}, ${n} ranks`] = times
        const predictedMs = predictOversubscribed(parts, settings.batchShares, n, cpus().length)
        checks.push({ mode, ranks: n, measuredMs: median(times), predictedMs })
        progress.step(`${mode}, ${n} ranks`)
      }
    }
    const { step } = workOf(settings, 'gradients', null, 2)
    const measured = await measureOverlap(settings, step, { backend, threads }, (what) => progress.step(what))
    overlaps = measured.overlaps
    Object.assign(samples, measured.samples)
  } finally {
    progress.stop()
  }
  return { result: { rows, model: modelOf(settings, rows), checks, overlaps }, samples }
}

/** The parts of a mode's step, from its times on one rank and on two. */
function partsOf(rows: readonly DistributedRow[], mode: Mode, cells: number): StepParts {
  const at = (n: number): number =>
    rows.find((r) => r.mode === mode && r.ranks === n && r.latency === null)?.medianMs ?? Number.NaN
  return fitParts(cells, at(1), at(2))
}

/** The model for one cell a rank: K grows with the ranks for directions, the batch for gradients. */
function modelOf(
  { shares, batchShares, directions }: DistributedSettings,
  rows: readonly DistributedRow[],
): Predicted[] {
  const measured = rows[0]?.parameters ?? Number.NaN
  const [byDirections, byGradients] = [partsOf(rows, 'directions', shares), partsOf(rows, 'gradients', batchShares)]
  // The times of one and of two ranks were not measured.
  if (Number.isNaN(byDirections.cell + byGradients.cell)) return []
  return Object.entries(links).flatMap(([link, connection]) =>
    [measured, 1e7].flatMap((parameters) =>
      [64, 256, 1024, 4096].map((n) => ({
        link,
        ranks: n,
        parameters,
        directionsMs: predictStep(byDirections, n, n, directionsMessage(n, 1, directions / shares), connection),
        gradientsMs: predictStep(byGradients, n, n, gradientMessage(n, parameters), connection),
      })),
    ),
  )
}
