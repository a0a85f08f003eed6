import type { Cut, Link } from '@spikeward/distributed'
import type { Io } from '../io.js'
import { showProgress } from '../progress.js'
import type { Measured } from '../run/benchmark.js'
import type { StepOptions } from '../benchmarks/options.js'
import { median } from '../statistics.js'
import { directionsMessage, fitParts, gradientMessage, predictStep } from './costModel.js'
import { runRanks } from './runRanks.js'
import type { RankTiming, RankWork } from './timeRank.js'

/** Settings of the benchmark `distributed`. */
export type DistributedSettings = StepOptions & {
  readonly shares: number
  readonly batchShares: number
  readonly ranks: readonly number[]
  readonly rounds: number
  readonly steps: number
  /** Milliseconds of added latency. */
  readonly latencies: readonly number[]
  /** Mbit/s of the modelled connection. */
  readonly bandwidth: number
}

/** One way to take a step on a number of ranks. */
type Contender = { readonly mode: Mode; readonly ranks: number; readonly work: RankWork }

/** One program on one rank; shares of directions, of the batch; back-propagation with an allreduce of gradients. */
export type Mode = 'one program' | 'directions' | 'batch' | 'gradients'

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

const workOf = (settings: DistributedSettings, mode: Mode, link: Link | null): RankWork => {
  const { estimator: _, ...step } = settings
  const cuts: Readonly<Record<Mode, Cut | null>> = {
    'one program': null,
    directions: { directions: settings.shares, batch: 1 },
    batch: { directions: 1, batch: settings.batchShares },
    gradients: { directions: 1, batch: settings.batchShares },
  }
  const { scope, directions, distribution, widths, time, batch, surrogate, beta } = step
  return {
    step: {
      ...{ scope, directions, distribution, widths, time, batch, surrogate, beta },
      estimator: mode === 'gradients' ? 'bp' : 'rfg',
    },
    cut: cuts[mode],
    steps: settings.steps,
    link,
  }
}

/** Times every mode on every number of ranks in alternating rounds, then over slow links, and prints the cost model. */
export async function measureDistributed(
  settings: DistributedSettings,
  io: Io,
): Promise<Measured<{ readonly rows: readonly DistributedRow[]; readonly model: readonly Predicted[] }>> {
  const { backend, threads, ranks, rounds, latencies, bandwidth } = settings
  const modes: readonly Mode[] = ['directions', 'batch', 'gradients']
  const near: readonly Contender[] = [
    { mode: 'one program', ranks: 1, work: workOf(settings, 'one program', null) },
    ...modes.flatMap((mode) => ranks.map((n) => ({ mode, ranks: n, work: workOf(settings, mode, null) }))),
  ]
  const most = Math.max(...ranks)
  const progress = showProgress(io, near.length * rounds + latencies.length * 2)
  const timings = new Map<Contender, RankTiming[]>(near.map((c) => [c, []]))
  const rows: DistributedRow[] = []
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
        const work = { ...workOf(settings, mode, link), steps: Math.min(settings.steps, 10) }
        const timing = await runRanks(most, { ...work, backend, threads })
        const first = rows.find((r) => r.mode === mode && r.latency === null && r.ranks === most)!.medianMs
        rows.push(rowOf({ mode, ranks: most, work }, [timing], latency, first))
        progress.step(`${mode}, ${latency} ms`)
      }
    }
  } finally {
    progress.stop()
  }
  return { result: { rows, model: modelOf(settings, rows) }, samples }
}

/** The model for one cell a rank: K grows with the ranks for directions, the batch for gradients. */
function modelOf(
  { shares, batchShares, directions }: DistributedSettings,
  rows: readonly DistributedRow[],
): Predicted[] {
  const at = (mode: Mode, n: number): DistributedRow | undefined =>
    rows.find((r) => r.mode === mode && r.ranks === n && r.latency === null)
  const [d1, d2, g1, g2] = [at('directions', 1), at('directions', 2), at('gradients', 1), at('gradients', 2)]
  if (d1 === undefined || d2 === undefined || g1 === undefined || g2 === undefined) return []
  const [byDirections, byGradients] = [
    fitParts(shares, d1.medianMs, d2.medianMs),
    fitParts(batchShares, g1.medianMs, g2.medianMs),
  ]
  return Object.entries(links).flatMap(([link, connection]) =>
    [d1.parameters, 1e7].flatMap((parameters) =>
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
