import type { Backend } from '@spikeward/core'
import type { Command } from 'commander'
import { openBackend } from '../backends.js'
import { digits, gflop, mib } from '../report/numbers.js'
import { defineBenchmark } from '../run/benchmark.js'
import { alternate, ratio, timesOf } from '../rounds.js'
import type { Timing } from '../rounds.js'
import type { StepSettings } from '../settings.js'
import { count } from '../usage.js'
import { makeWorkload } from '../workload.js'
import type { Workload } from '../workload.js'
import { withStepOptions } from './options.js'
import type { StepOptions } from './options.js'

type Settings = StepOptions & { readonly repeat: number; readonly width: number; readonly layers: number }

/** One estimator on one network. */
type Side = {
  readonly medianMs: number
  readonly minMs: number
  readonly flops: number
  readonly bytes: number
  readonly peakBytes: number
}

/** An estimator's side; `timeRatio` is its time by bp's. */
type Beside = Side & { readonly timeRatio: number }

/**
 * The estimators on one network; `timeRatio` is rfg's time by bp's. `spsa`, two plain forward passes, is absent from runs
 * that were kept before it was measured.
 */
type Row = {
  readonly widths: readonly number[]
  readonly rfg: Side
  readonly spsa?: Beside
  readonly bp: Side
  readonly timeRatio: number
}

/** What is compared, bp last. */
const compared = ['rfg', 'spsa', 'bp'] as const

/** rfg, spsa and bp on the same network, in alternating rounds. */
export async function compareEstimators(
  settings: StepSettings,
  options: Pick<Settings, 'backend' | 'threads' | 'repeat'>,
): Promise<{ readonly row: Row; readonly rounds: readonly (readonly number[])[] }> {
  // A backend for each, so that each has its own account of memory.
  const open = (): Promise<Backend> => openBackend(options.backend, options.threads)
  await using forward = await open()
  await using plain = await open()
  await using backward = await open()
  const backends = { rfg: forward, spsa: plain, bp: backward }
  const sides: { readonly backend: Backend; readonly workload: Workload }[] = []
  for (const estimator of compared) {
    const backend = backends[estimator]
    sides.push({ backend, workload: await makeWorkload({ ...settings, estimator }, backend, false) })
  }
  const runners = sides.map(({ workload }) => ({ name: '', round: (n: number) => timesOf(workload.step, n) }))
  const timings = await alternate(runners, options.repeat)
  const side = (i: number): Side => {
    const { backend, workload } = sides[i]!
    const { medianMs, minMs } = timings[i]!
    const { flops, bytes } = workload.cost
    return { medianMs, minMs, flops, bytes, peakBytes: backend.stats().peakBytes }
  }
  const [f, s, b] = timings as [Timing, Timing, Timing]
  const row: Row = {
    widths: settings.widths,
    rfg: side(0),
    spsa: { ...side(1), timeRatio: ratio(s, b) },
    bp: side(2),
    timeRatio: ratio(f, b),
  }
  sides.forEach(({ workload }) => workload.dispose())
  return { row, rounds: timings.map((t) => t.rounds) }
}

/** `table`: rfg and two plain forward passes (spsa) against bp on the same backend for 1, 2, … hidden layers: time, operations, bytes moved, memory. */
export const table = defineBenchmark<Settings, { readonly rows: readonly Row[] }>({
  name: 'table',
  about: 'rfg and spsa against bp for 1, 2, … hidden layers: time, operations, memory',
  options: (command: Command) =>
    withStepOptions(command)
      .option('--repeat <n>', 'rounds', count, 6)
      .option('--width <n>', 'neurons of a hidden layer', count, 128)
      .option('--layers <n>', 'most hidden layers', count, 3),
  quick: { repeat: 2, layers: 2 },
  async measure({ backend, threads, repeat, width, layers, ...settings }) {
    const [inputs = 0, outputs = 0] = [settings.widths[0], settings.widths.at(-1)]
    const rows: Row[] = []
    const samples: Record<string, readonly number[]> = {}
    for (let n = 1; n <= layers; n++) {
      const widths = [inputs, ...new Array<number>(n).fill(width), outputs]
      const { row, rounds } = await compareEstimators({ ...settings, widths }, { backend, threads, repeat })
      rows.push(row)
      for (const [i, e] of compared.entries()) samples[`${e} ${widths.join('-')}`] = rounds[i] ?? []
    }
    return { result: { rows }, samples }
  },
  tables: ({ settings, rows }) => [
    {
      title: `Forward only against back-propagation: ${settings.backend}, K = ${settings.directions}, ${settings.distribution}, ${settings.scope}, T = ${settings.time}, batch ${settings.batch}, threads ${settings.threads}`,
      head: ['network', 'estimator', 'median ms', 'GFLOP', 'MiB moved', 'peak MiB', 'time by bp'],
      rows: rows.flatMap((r) =>
        compared.flatMap((e) => {
          const side = r[e]
          if (side === undefined) return []
          const by = { rfg: r.timeRatio, spsa: r.spsa?.timeRatio, bp: undefined }[e]
          return [
            [
              r.widths.join('-'),
              e,
              digits(side.medianMs),
              gflop(side.flops),
              mib(side.bytes),
              mib(side.peakBytes),
              by?.toFixed(2) ?? '1',
            ],
          ]
        }),
      ),
    },
  ],
  figures: () => [],
})
