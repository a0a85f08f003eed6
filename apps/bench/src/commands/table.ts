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

/** Both estimators on one network; `timeRatio` is rfg's time by bp's. */
type Row = { readonly widths: readonly number[]; readonly rfg: Side; readonly bp: Side; readonly timeRatio: number }

/** rfg and bp on the same network, in alternating rounds. */
export async function compareEstimators(
  settings: StepSettings,
  options: Pick<Settings, 'backend' | 'threads' | 'repeat'>,
): Promise<{ readonly row: Row; readonly rounds: readonly [readonly number[], readonly number[]] }> {
  // A backend for each, so that each has its own account of memory.
  await using forwardBackend = await openBackend(options.backend, options.threads)
  await using backwardBackend = await openBackend(options.backend, options.threads)
  const forward = await makeWorkload({ ...settings, estimator: 'rfg' }, forwardBackend, false)
  const backward = await makeWorkload({ ...settings, estimator: 'bp' }, backwardBackend, false)
  const runners = [forward, backward].map((w) => ({ name: '', round: (n: number) => timesOf(w.step, n) }))
  const [f, b] = (await alternate(runners, options.repeat)) as [Timing, Timing]
  const side = (workload: Workload, timing: Timing, peakBytes: number): Side => ({
    medianMs: timing.medianMs,
    minMs: timing.minMs,
    flops: workload.cost.flops,
    bytes: workload.cost.bytes,
    peakBytes,
  })
  const row: Row = {
    widths: settings.widths,
    rfg: side(forward, f, forwardBackend.stats().peakBytes),
    bp: side(backward, b, backwardBackend.stats().peakBytes),
    timeRatio: ratio(f, b),
  }
  forward.dispose()
  backward.dispose()
  return { row, rounds: [f.rounds, b.rounds] }
}

/** `table`: rfg against bp on the same backend for 1, 2, … hidden layers: time, operations, bytes moved, memory. */
export const table = defineBenchmark<Settings, { readonly rows: readonly Row[] }>({
  name: 'table',
  about: 'rfg against bp for 1, 2, … hidden layers: time, operations, memory',
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
      for (const [i, e] of ['rfg', 'bp'].entries()) samples[`${e} ${widths.join('-')}`] = rounds[i] ?? []
    }
    return { result: { rows }, samples }
  },
  tables: ({ settings, rows }) => [
    {
      title: `Forward only against back-propagation: ${settings.backend}, K = ${settings.directions}, ${settings.scope}, T = ${settings.time}, batch ${settings.batch}, threads ${settings.threads}`,
      head: ['network', 'estimator', 'median ms', 'GFLOP', 'MiB moved', 'peak MiB', 'time by bp'],
      rows: rows.flatMap((r) =>
        (['rfg', 'bp'] as const).map((e) => {
          const { medianMs, flops, bytes, peakBytes } = r[e]
          const by = e === 'rfg' ? r.timeRatio.toFixed(2) : '1'
          return [r.widths.join('-'), e, digits(medianMs), gflop(flops), mib(bytes), mib(peakBytes), by]
        }),
      ),
    },
  ],
  figures: () => [],
})
