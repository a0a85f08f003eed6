import type { Backend } from '@spikeward/core'
import type { Command } from 'commander'
import { openBackend } from '../../backends.js'
import { estimatorNames } from '../../catalogue.js'
import { digits, gflop, mib } from '../../report/tableMarkdown.js'
import { defineBenchmark } from '../../run/benchmark.js'
import { alternate, ratio, timesOf } from '../../step/alternate.js'
import type { StepSettings } from '../../step/stepSettings.js'
import { count, someOf } from '../../argumentParsers.js'
import { type Workload, makeWorkload } from '../../step/workload.js'
import { type StepOptions, withStepOptions } from './stepOptions.js'

type Settings = StepOptions & {
  readonly repeat: number
  readonly width: number
  readonly layers: number
  readonly others?: readonly string[]
}

type Side = {
  readonly medianMs: number
  readonly minMs: number
  /** The least processor time of all threads over the rounds; absent in older runs. */
  readonly cpuMs?: number
  readonly flops: number
  readonly bytes: number
  readonly peakBytes: number
}

/** The measurement of an estimator; `timeRatio` is its time divided by that of bp. */
type Beside = Side & { readonly timeRatio: number }

/** The estimators on one network; `timeRatio` is the time of rfg divided by that of bp. */
type Row = {
  readonly widths: readonly number[]
  readonly rfg: Side
  readonly spsa: Beside
  readonly bp: Side
  readonly timeRatio: number
  /** Further estimators, by name. */
  readonly others?: Readonly<Record<string, Beside>>
}

/** The estimators that are compared, bp last. */
const comparedWith = (others: readonly string[] = []): readonly string[] => ['rfg', 'spsa', ...others, 'bp']

export async function compareEstimators(
  settings: StepSettings,
  options: Pick<Settings, 'backend' | 'threads' | 'repeat' | 'others'> & { readonly instructionSet?: string },
): Promise<{ readonly row: Row; readonly rounds: Readonly<Record<string, readonly number[]>> }> {
  const compared = comparedWith(options.others)
  const sides: { readonly backend: Backend; readonly workload: Workload }[] = []
  try {
    for (const estimator of compared) {
      // One backend per estimator, so that each has its own account of memory.
      const backend = await openBackend(options.backend, options.threads, options.instructionSet)
      sides.push({ backend, workload: await makeWorkload({ ...settings, estimator }, backend, false) })
    }
    const cpuMs = compared.map(() => Infinity)
    const runners = sides.map(({ workload }, i) => ({
      name: '',
      async round(n: number) {
        const begun = process.cpuUsage()
        const times = await timesOf(workload.step, n)
        const { user, system } = process.cpuUsage(begun)
        cpuMs[i] = Math.min(cpuMs[i]!, (user + system) / 1000 / n)
        return times
      },
    }))
    const timings = await alternate(runners, options.repeat)
    const reference = timings.at(-1)!
    const side = (i: number): Beside => {
      const { backend, workload } = sides[i]!
      const timing = timings[i]!
      const { flops, bytes } = workload.cost
      const { medianMs, minMs } = timing
      const { peakBytes } = backend.stats()
      return { medianMs, minMs, cpuMs: cpuMs[i]!, flops, bytes, peakBytes, timeRatio: ratio(timing, reference) }
    }
    const { timeRatio, ...rfg } = side(0)
    const { timeRatio: _one, ...bp } = side(compared.length - 1)
    const others = Object.fromEntries((options.others ?? []).map((e, i) => [e, side(2 + i)]))
    const row: Row = {
      widths: settings.widths,
      rfg,
      spsa: side(1),
      bp,
      timeRatio,
      ...(options.others === undefined ? {} : { others }),
    }
    return { row, rounds: Object.fromEntries(compared.map((e, i) => [e, timings[i]!.rounds])) }
  } finally {
    for (const { backend, workload } of sides) {
      workload.dispose()
      await backend[Symbol.asyncDispose]()
    }
  }
}

/**
 * `table`: rfg and two forward passes (spsa) against bp on the same backend for 1, 2, … hidden layers: time,
 * operations, bytes moved, memory.
 */
export const table = defineBenchmark<Settings, { readonly rows: readonly Row[] }>({
  name: 'table',
  folder: 'speed',
  about: 'rfg and spsa against bp for 1, 2, … hidden layers: time, operations, memory',
  options: (command: Command) =>
    withStepOptions(command)
      .option('--repeat <n>', 'rounds', count, 6)
      .option('--width <n>', 'neurons of a hidden layer', count, 128)
      .option('--layers <n>', 'largest number of hidden layers', count, 3)
      .option('--others <names>', 'further estimators', someOf(...estimatorNames)),
  quick: { repeat: 2, layers: 2 },
  async measure({ backend, threads, repeat, width, layers, others, ...settings }) {
    const [inputs = 0, outputs = 0] = [settings.widths[0], settings.widths.at(-1)]
    const rows: Row[] = []
    const samples: Record<string, readonly number[]> = {}
    for (let n = 1; n <= layers; n++) {
      const widths = [inputs, ...new Array<number>(n).fill(width), outputs]
      const { row, rounds } = await compareEstimators(
        { ...settings, widths },
        {
          ...{ backend, threads, repeat },
          ...(others === undefined ? {} : { others }),
        },
      )
      rows.push(row)
      for (const [e, times] of Object.entries(rounds)) samples[`${e} ${widths.join('-')}`] = times
    }
    return { result: { rows }, samples }
  },
  tables: ({ settings, rows }) => [
    {
      title: `Forward only against back-propagation: ${settings.backend}, K = ${settings.directions}, ${settings.distribution}, ${settings.scope}, T = ${settings.time}, batch ${settings.batch}, threads ${settings.threads}`,
      head: [
        ...['network', 'estimator', 'median ms', 'least ms', 'processor ms', 'GFLOP', 'MiB moved', 'peak MiB'],
        ...['time / bp', 'processor / bp'],
      ],
      rows: rows.flatMap((r) => {
        const sides: readonly (readonly [string, Side, number | undefined])[] = [
          ['rfg', r.rfg, r.timeRatio],
          ['spsa', r.spsa, r.spsa.timeRatio],
          ...Object.entries(r.others ?? {}).map(([e, side]) => [e, side, side.timeRatio] as const),
          ['bp', r.bp, undefined],
        ]
        return sides.map(([e, side, by]) => [
          ...[r.widths.join('-'), e, digits(side.medianMs), digits(side.minMs), digits(side.cpuMs)],
          ...[gflop(side.flops), mib(side.bytes), mib(side.peakBytes), by?.toFixed(2) ?? '1'],
          side.cpuMs === undefined || r.bp.cpuMs === undefined ? '–' : (side.cpuMs / r.bp.cpuMs).toFixed(2),
        ])
      }),
    },
  ],
  figures: () => [],
})
