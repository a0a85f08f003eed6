import type { Command } from 'commander'
import { openBackend } from '../../backends.js'
import { estimatorNames } from '../../catalogue.js'
import { digits, lines, mib } from '../../report/tableMarkdown.js'
import { defineBenchmark } from '../../run/benchmark.js'
import type { StepSettings } from '../../step/stepSettings.js'
import { counts, someOf } from '../../argumentParsers.js'
import { makeWorkload } from '../../step/workload.js'
import { type StepOptions, withStepOptions } from '../speed/stepOptions.js'

/** Measured by default: forward mode, back-propagation, and back-propagation in segments of √T steps. */
const defaultEstimators = ['rfg', 'bp', 'bp/checkpoint']

type Settings = StepOptions & {
  readonly times: readonly number[]
  readonly estimators: readonly string[]
}

/** Memory of one training at one number of time steps. */
type MemoryRow = {
  readonly estimator: string
  readonly time: number
  readonly peakBytes: number
  readonly heldBytes: number
  readonly workspaceBytes: number
  readonly allocationsPerStep: number
}

/** `growth`: for each estimator, the ratio of the peaks at the last and the first T. */
type MemoryResult = { readonly rows: readonly MemoryRow[]; readonly growth: Readonly<Record<string, number>> }

/** Steps over which the benchmark counts allocations. */
const COUNTED = 10

/** Measures the memory that training holds, and its allocations after the first step. */
export async function measureMemory(
  settings: StepSettings,
  { backend: name, threads }: Pick<StepOptions, 'backend' | 'threads'>,
  steps = COUNTED,
): Promise<MemoryRow> {
  await using backend = await openBackend(name, threads)
  const workload = await makeWorkload(settings, backend, false)
  const before = backend.stats().allocations
  for (let i = 0; i < steps; i++) await workload.step()
  const { allocations, liveBytes, peakBytes } = backend.stats()
  workload.dispose()
  return {
    ...{ estimator: settings.estimator, time: settings.time, peakBytes, heldBytes: liveBytes },
    ...{ workspaceBytes: workload.cost.workspaceBytes, allocationsPerStep: (allocations - before) / steps },
  }
}

export const memory = defineBenchmark<Settings, MemoryResult>({
  name: 'memory',
  folder: 'memory',
  about: 'peak memory against the number of time steps, and allocations per step',
  options: (command: Command) =>
    withStepOptions(command)
      .option('--times <list>', 'numbers of time steps to measure', counts, [64, 128, 256, 512, 1024])
      .option('--estimators <list>', 'estimators to measure', someOf(...estimatorNames), defaultEstimators),
  quick: { times: [16, 64], batch: 64 },
  async measure({ backend, threads, times, estimators, ...settings }) {
    const rows: MemoryRow[] = []
    for (const estimator of estimators) {
      for (const time of times) rows.push(await measureMemory({ ...settings, estimator, time }, { backend, threads }))
    }
    const growth = Object.fromEntries(
      estimators.map((e) => {
        const own = rows.filter((r) => r.estimator === e)
        return [e, (own.at(-1)?.peakBytes ?? Number.NaN) / (own[0]?.peakBytes ?? Number.NaN)]
      }),
    )
    return { result: { rows, growth }, samples: {} }
  },
  tables: ({ settings, rows, growth }) => [
    {
      title: `Memory against T: ${settings.backend}, ${settings.widths.join('-')}, batch ${settings.batch}`,
      head: ['estimator', 'T', 'peak MiB', 'MiB held in training', 'allocations per step'],
      rows: rows.map((r) => [
        ...[r.estimator, String(r.time), mib(r.peakBytes), mib(r.heldBytes), String(r.allocationsPerStep)],
      ]),
      note: Object.entries(growth)
        .map(
          ([e, g]) =>
            `${e}: the peak at T = ${settings.times.at(-1)} divided by that at T = ${settings.times[0]} is ${digits(g)}.`,
        )
        .join(' '),
    },
  ],
  headline({ settings, rows }) {
    const [first, last] = [settings.times[0], settings.times.at(-1)]
    const peak = (estimator: string, time: number | undefined): string =>
      mib(rows.find((r) => r.estimator === estimator && r.time === time)?.peakBytes ?? NaN)
    const used = (estimator: string): string =>
      `${peak(estimator, first)} MiB at T = ${first} and ${peak(estimator, last)} MiB at T = ${last}`
    return [
      `The peak memory of a step does not grow with simulated time: ${used('rfg')}, against ${used('bp')} for back-propagation.`,
    ]
  },
  figures: ({ settings, rows }) => [
    lines(
      `Peak memory against T (${settings.backend})`,
      rows.map((r) => ({ x: r.time, y: r.peakBytes / 2 ** 20, line: r.estimator })),
      { title: 'T', log: true },
      { title: 'peak MiB', log: true },
    ),
  ],
})
