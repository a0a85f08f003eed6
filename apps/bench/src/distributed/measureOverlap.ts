import type { Link } from '@spikeward/distributed'
import { median } from '../sampleStatistics.js'
import type { StepSettings } from '../step/stepSettings.js'
import { runRanks } from './runRanks.js'
import type { RankPlace } from './runRanks.js'

/** Settings of the comparison of two ways to send gradients: while the rest is computed, and at the end. */
export type OverlapSettings = {
  /** Widths of the network. */
  readonly overlapWidths: readonly number[]
  /** Points of the batch, in two shares. */
  readonly overlapBatch: number
  /** Mbit/s of the modelled links, with 1 ms of latency. */
  readonly overlapBandwidths: readonly number[]
  readonly overlapRounds: number
  readonly overlapSteps: number
}

/** Median times of a step of back-propagation on two ranks. */
export type Overlap = {
  /** Mbit/s of the modelled link; null: ranks of this machine. */
  readonly bandwidth: number | null
  readonly parameters: number
  readonly atEndMs: number
  readonly overlappedMs: number
}

/** Least numbers of a part. */
const PART = 1 << 14

/** Seconds of latency of the modelled links. */
const LATENCY = 1e-3

/** Times both ways in alternating rounds, on this machine alone and over each modelled link; it calls `done` after every job. */
export async function measureOverlap(
  settings: OverlapSettings,
  step: StepSettings,
  place: RankPlace,
  done: (what: string) => void,
): Promise<{ readonly overlaps: readonly Overlap[]; readonly samples: Readonly<Record<string, readonly number[]>> }> {
  const { overlapWidths, overlapBatch, overlapBandwidths, overlapRounds, overlapSteps } = settings
  const overlaps: Overlap[] = []
  const samples: Record<string, readonly number[]> = {}
  for (const bandwidth of [null, ...overlapBandwidths]) {
    const link: Link | null = bandwidth === null ? null : { latency: LATENCY, bandwidth: (bandwidth * 1e6) / 8 }
    const order = {
      ...place,
      step: { ...step, estimator: 'bp', widths: overlapWidths, batch: overlapBatch },
      cut: { directions: 1, batch: 2 },
      steps: overlapSteps,
      link,
    }
    const [atEnd, overlapped]: [number[], number[]] = [[], []]
    let parameters = 0
    for (let round = 0; round < overlapRounds; round++) {
      atEnd.push(...(await runRanks(2, order)).times)
      const timing = await runRanks(2, { ...order, part: PART })
      overlapped.push(...timing.times)
      parameters = timing.parameters
      done(`overlap, ${bandwidth ?? 'no'} Mbit/s`)
    }
    const name = bandwidth === null ? 'this machine' : `${bandwidth} Mbit/s`
    samples[`gradients at the end, ${name}`] = atEnd
    samples[`gradients overlapped, ${name}`] = overlapped
    overlaps.push({ bandwidth, parameters, atEndMs: median(atEnd), overlappedMs: median(overlapped) })
  }
  return { overlaps, samples }
}
