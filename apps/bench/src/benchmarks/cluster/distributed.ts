import { measureDistributed } from '../../distributed/measureDistributed.js'
import type {
  DistributedResult,
  DistributedRow,
  DistributedSettings,
  Mode,
} from '../../distributed/measureDistributed.js'
import { lines } from '../../report/figure.js'
import { digits } from '../../report/formatNumbers.js'
import { defineBenchmark } from '../../run/benchmark.js'
import { count, counts, positive } from '../../argumentParsers.js'
import { withStepOptions } from '../speed/stepOptions.js'

/** `distributed`: a step over ranks of this machine, over modelled slow links, and by a cost model for many machines. */
export const distributed = defineBenchmark<DistributedSettings, DistributedResult>({
  name: 'distributed',
  folder: 'cluster',
  about: 'a step over ranks: directions, batch and gradients shared out, latency, a cost model; needs Open MPI',
  options: (command) =>
    withStepOptions(command)
      .option('--shares <n>', 'shares of the directions', count, 2)
      .option('--batch-shares <n>', 'shares of the batch', count, 8)
      .option('--ranks <list>', 'numbers of ranks', counts, [1, 2])
      .option('--rounds <n>', 'alternating rounds', count, 5)
      .option('--steps <n>', 'steps in a round', count, 60)
      .option('--latencies <list>', 'added milliseconds, for the modelled links', counts, [1, 20, 100])
      .option('--oversubscribed <list>', 'numbers of ranks above that of the cores, to check the model', counts, [4, 8])
      .option('--bandwidth <Mbit/s>', 'of the modelled links', positive, 10)
      .option(
        '--overlap-widths <list>',
        'network whose gradient is sent while it is computed',
        counts,
        [2, 512, 512, 512, 1],
      )
      .option('--overlap-batch <n>', 'its batch, in two shares', count, 128)
      .option('--overlap-bandwidths <list>', 'Mbit/s of its modelled links, with 1 ms of latency', counts, [1000, 100])
      .option('--overlap-rounds <n>', 'its alternating rounds', count, 5)
      .option('--overlap-steps <n>', 'its steps in a round', count, 15),
  quick: {
    widths: [2, 16, 16, 1],
    time: 4,
    batch: 64,
    directions: 4,
    rounds: 1,
    steps: 5,
    latencies: [20],
    oversubscribed: [4],
    overlapWidths: [2, 130, 130, 1],
    overlapBatch: 16,
    overlapBandwidths: [100],
    overlapRounds: 1,
    overlapSteps: 3,
  },
  measure: (settings, { io }) => measureDistributed(settings, io),
  tables: ({ settings, rows, model, checks = [], overlaps = [] }) => {
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
          .filter((r) => r.latency === null && !isWeak(r))
          .map((r) => [
            r.mode,
            String(r.ranks),
            digits(r.medianMs),
            digits(r.speedup),
            r.mode === 'gradients' ? '' : digits(whole / r.medianMs),
            String(r.sentBytes),
            String(r.calls),
          ]),
        note: 'The mode "gradients" is back-propagation on the same network and batch, whose step differs from that of rfg.',
      },
      {
        title: 'Weak scaling: every rank has all K directions of its own, or a batch of its own',
        head: ['mode', 'ranks', 'median ms', 'efficiency', 'bytes sent per step'],
        rows: rows
          .filter(isWeak)
          .map((r) => [
            r.mode.replace('weak ', ''),
            String(r.ranks),
            digits(r.medianMs),
            digits(r.speedup),
            String(r.sentBytes),
          ]),
        note: 'Efficiency is the time of one rank divided by that of all; 1 is perfect. Every rank forms the sum over the directions of all ranks.',
      },
      {
        title: 'The model checked on more ranks than cores',
        head: ['mode', 'ranks', 'measured ms', 'model ms', 'measured / model'],
        rows: checks.map((c) => [
          c.mode,
          String(c.ranks),
          digits(c.measuredMs),
          digits(c.predictedMs),
          digits(c.measuredMs / c.predictedMs),
        ]),
        note: 'A core runs its ranks one after another: t(N) = ⌈N/cores⌉ (⌈cells/N⌉ cell + rest), with both parts from one and two ranks.',
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
        title: `A gradient sent at the end and sent while it is computed: bp, ${settings.overlapWidths?.join('-')}, batch ${settings.overlapBatch} in 2 shares on two ranks`,
        head: ['link', 'parameters', 'at the end, ms', 'overlapped, ms', 'saved, ms', 'overlapped / at the end'],
        rows: overlaps.map(({ bandwidth, parameters, atEndMs, overlappedMs }) => [
          bandwidth === null ? 'this machine' : `modelled, ${bandwidth} Mbit/s, 1 ms`,
          String(parameters),
          digits(atEndMs),
          digits(overlappedMs),
          digits(atEndMs - overlappedMs),
          digits(overlappedMs / atEndMs),
        ]),
        note: 'Ranks of this machine copy messages with the cores that compute, so that an overlap saves nothing there; over a link, the processor is free while a message travels.',
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
    ].filter((table) => table.rows.length > 0)
  },
  headline({ rows }) {
    const own = rows.filter((r) => r.latency === null)
    const most = own.reduce((a, r) => (r.mode === 'directions' && r.ranks > (a?.ranks ?? 0) ? r : a), own[0])
    const whole = own.find((r) => r.mode === 'one program')
    return [
      `A step takes ${digits(most?.medianMs)} ms with ${most?.ranks} ranks that share its directions, and ${digits(whole?.medianMs)} ms in one program; a rank sends ${most?.sentBytes} bytes per step.`,
    ]
  },
  figures: ({ rows, model }) => [
    lines(
      'Speed-up of a step by the number of ranks',
      rows.flatMap((r) =>
        r.latency === null && r.mode !== 'one program' ? [{ x: r.ranks, y: speedUpOf(r), line: r.mode }] : [],
      ),
      { title: 'ranks', log: true },
      { title: 'speed-up', log: true },
    ),
    lines(
      'A step over modelled slow links',
      rows.flatMap((r) => (r.latency === null ? [] : [{ x: r.latency, y: r.medianMs, line: r.mode }])),
      { title: 'added latency, ms', log: true },
      { title: 'median ms per step', log: true },
    ),
    lines(
      'MODEL: a step of 1e7 parameters on many ranks',
      model.flatMap((m) =>
        m.parameters === 1e7
          ? [
              { x: m.ranks, y: m.directionsMs, line: `directions, ${m.link}` },
              { x: m.ranks, y: m.gradientsMs, line: `gradients, ${m.link}` },
            ]
          : [],
      ),
      { title: 'ranks', log: true },
      { title: 'ms per step, by the model', log: true },
    ),
  ],
})

const isWeak = ({ mode }: { readonly mode: Mode }): boolean => mode === 'weak directions' || mode === 'weak batch'

/** Work done per second, relative to one rank: N ranks do N times the work of a weak step. */
const speedUpOf = (row: DistributedRow): number => (isWeak(row) ? row.ranks * row.speedup : row.speedup)
