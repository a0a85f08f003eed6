import { measureDistributed } from '../distributed/measure.js'
import type { DistributedRow, DistributedSettings, Predicted } from '../distributed/measure.js'
import { lines } from '../report/figure.js'
import { digits } from '../report/numbers.js'
import { defineBenchmark } from '../run/benchmark.js'
import { count, counts, positive } from '../usage.js'
import { withStepOptions } from './options.js'

type Result = { readonly rows: readonly DistributedRow[]; readonly model: readonly Predicted[] }

/** `distributed`: a step over ranks of this machine, over modelled slow links, and by a cost model for many machines. */
export const distributed = defineBenchmark<DistributedSettings, Result>({
  name: 'distributed',
  about: 'a step over ranks: directions, batch and gradients shared out, latency, a cost model; needs Open MPI',
  options: (command) =>
    withStepOptions(command)
      .option('--shares <n>', 'shares of the directions', count, 2)
      .option('--batch-shares <n>', 'shares of the batch', count, 8)
      .option('--ranks <list>', 'numbers of ranks', counts, [1, 2])
      .option('--rounds <n>', 'alternating rounds', count, 5)
      .option('--steps <n>', 'steps in a round', count, 60)
      .option('--latencies <list>', 'added milliseconds, for the modelled links', counts, [1, 20, 100])
      .option('--bandwidth <Mbit/s>', 'of the modelled links', positive, 10),
  quick: { widths: [2, 16, 16, 1], time: 4, batch: 64, directions: 4, rounds: 1, steps: 5, latencies: [20] },
  measure: (settings, { io }) => measureDistributed(settings, io),
  tables: ({ settings, rows, model }) => {
    const whole = rows.find((r) => r.mode === 'one program')?.medianMs ?? Number.NaN
    const step = `${settings.widths.join('-')}, T = ${settings.time}, batch ${settings.batch}, K = ${settings.directions}`
    return [
      {
        title: `A step over ranks of this machine: ${settings.backend}, ${step}, ${settings.shares} shares of directions or ${settings.batchShares} of the batch`,
        head: [
          'mode',
          'ranks',
          'median ms',
          'speed-up of its cut',
          'speed-up over one program',
          'bytes sent per step',
          'calls',
        ],
        rows: rows
          .filter((r) => r.latency === null)
          .map((r) => [
            r.mode,
            String(r.ranks),
            digits(r.medianMs),
            digits(r.speedup),
            r.mode === 'gradients' ? '' : digits(whole / r.medianMs),
            String(r.sentBytes),
            String(r.calls),
          ]),
        note: 'The gradients are those of back-propagation on the same network and batch; its step is another one than that of rfg.',
      },
      {
        title: `Two ranks over modelled links of ${settings.bandwidth} Mbit/s (a communicator that waits, not a network)`,
        head: ['added latency, ms', 'directions, ms', 'gradients, ms'],
        rows: settings.latencies.map((latency) => {
          const of = (mode: string) => rows.find((r) => r.latency === latency && r.mode === mode)?.medianMs ?? null
          return [String(latency), digits(of('directions')), digits(of('gradients'))]
        }),
      },
      {
        title: 'MODEL, not measured: one cell a rank, fitted to the times above',
        head: ['link', 'ranks', 'parameters', 'directions, ms', 'gradients, ms'],
        rows: model.map((m) => [
          m.link,
          String(m.ranks),
          String(m.parameters),
          digits(m.directionsMs),
          digits(m.gradientsMs),
        ]),
        note: 'Messages take calls · ⌈log₂ ranks⌉ · latency + bytes / bandwidth. Compute times are those of the measured network for every number of parameters.',
      },
    ]
  },
  figures: ({ rows }) => [
    lines(
      'A step over modelled slow links',
      rows.flatMap((r) => (r.latency === null ? [] : [{ x: r.latency, y: r.medianMs, line: r.mode }])),
      { title: 'added latency, ms', log: true },
      { title: 'median ms per step', log: true },
    ),
  ],
})
