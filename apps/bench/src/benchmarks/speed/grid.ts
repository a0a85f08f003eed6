import type { Command } from 'commander'
import { backendNames, openBackend } from '../../backends.js'
import { estimatorNames } from '../../estimators.js'
import { makeGridWorkload, networks } from '../../grid/gridWorkload.js'
import type { GridSettings } from '../../grid/gridWorkload.js'
import { lines } from '../../report/figure.js'
import { digits, mib } from '../../report/formatNumbers.js'
import { alternate, timesOf } from '../../step/alternate.js'
import { defineBenchmark } from '../../run/benchmark.js'
import { count, counts, oneOf } from '../../argumentParsers.js'

type Settings = Omit<GridSettings, 'side'> & {
  readonly sides: readonly number[]
  readonly backend: string
  readonly threads: number
  readonly repeat: number
  readonly memory: number
}

/** One network on one grid; `reason` explains why it was not measured. */
type Row = { readonly network: string; readonly side: number } & (
  | { readonly medianMs: number; readonly minMs: number; readonly peakBytes: number; readonly flops: number }
  | { readonly reason: string }
)

type Rounds = Record<string, readonly number[]>

/** A step of one network on one grid, and its times round by round. */
async function measureSide(
  network: string,
  settings: GridSettings,
  options: Pick<Settings, 'backend' | 'threads' | 'repeat'>,
): Promise<{ readonly row: Row & { readonly peakBytes: number }; readonly rounds: readonly number[] }> {
  await using backend = await openBackend(options.backend, options.threads)
  const workload = makeGridWorkload(network, settings, backend)
  await workload.step()
  const [timing] = await alternate([{ name: network, round: (n) => timesOf(workload.step, n) }], options.repeat)
  const { peakBytes } = backend.stats()
  workload.dispose()
  const { medianMs = Number.NaN, minMs = Number.NaN, rounds = [] } = timing ?? {}
  return { row: { network, side: settings.side, medianMs, minMs, peakBytes, flops: workload.flops }, rounds }
}

/**
 * `grid`: SepONet and DeepONet on the same growing square grid. A DeepONet runs its trunk at all n² points, a SepONet
 * at n coordinates of each axis.
 */
export const grid = defineBenchmark<Settings, { readonly rows: readonly Row[] }>({
  name: 'grid',
  folder: 'speed',
  about: 'SepONet against DeepONet on the same grid: step time and memory as it grows',
  options: (command: Command) =>
    command
      .option('--sides <list>', 'points along each of the two axes', counts, [32, 64, 128, 256, 512])
      .option('--estimator <name>', 'gradient estimator', oneOf(...estimatorNames), 'rfg')
      .option('--functions <n>', 'input functions per step', count, 4)
      .option('--sensors <n>', 'sensors of an input function', count, 100)
      .option('--hidden <n>', 'neurons of the hidden layer of branch and of trunk', count, 50)
      .option('--features <n>', 'features, the rank of the product', count, 20)
      .option('--time <steps>', 'time steps', count, 16)
      .option('--backend <name>', 'backend', oneOf(...backendNames), 'native')
      .option('--threads <n>', 'threads', count, 1)
      .option('--repeat <n>', 'rounds', count, 3)
      .option('--memory <mib>', 'a grid that would need more is left out', count, 6144),
  quick: { sides: [16, 32], repeat: 1 },
  async measure({ sides, backend, threads, repeat, memory, ...settings }) {
    const rows: Row[] = []
    const samples: Rounds = {}
    for (const network of networks) {
      // Memory grows at most with the number of points, so the last grid bounds what the next one needs.
      let before: { readonly side: number; readonly peakBytes: number } | undefined
      for (const side of sides) {
        const needed = before === undefined ? 0 : before.peakBytes * (side / before.side) ** 2
        if (needed > memory * 2 ** 20) {
          rows.push({ network, side, reason: `needs about ${mib(needed)} MiB, more than --memory ${memory}` })
          continue
        }
        const { row, rounds } = await measureSide(network, { ...settings, side }, { backend, threads, repeat })
        before = row
        rows.push(row)
        samples[`${network} ${side}`] = rounds
      }
    }
    return { result: { rows }, samples }
  },
  tables: ({ settings, rows }) => [
    {
      title: `SepONet against DeepONet: ${settings.backend}, ${settings.estimator}, ${settings.functions} functions, spiking branch and trunk ${settings.hidden}-${settings.features}, T = ${settings.time}, threads ${settings.threads}`,
      head: ['network', 'grid', 'median ms', 'peak MiB'],
      rows: rows.map((r) => [
        r.network,
        `${r.side}²`,
        ...('reason' in r ? ['–', r.reason] : [digits(r.medianMs), mib(r.peakBytes)]),
      ]),
    },
  ],
  figures: ({ rows }) => {
    const measured = rows.flatMap((r) => ('reason' in r ? [] : [r]))
    return [
      lines(
        'Step time as the grid grows',
        measured.map((r) => ({ x: r.side, y: r.medianMs, line: r.network })),
        { title: 'points along each axis', log: true },
        { title: 'ms per step', log: true },
      ),
      lines(
        'Peak memory as the grid grows',
        measured.map((r) => ({ x: r.side, y: r.peakBytes / 2 ** 20, line: r.network })),
        { title: 'points along each axis', log: true },
        { title: 'peak MiB', log: true },
      ),
    ]
  },
})
