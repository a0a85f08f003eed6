import { single } from '@spikeward/distributed'
import { openBackend } from '../../backends.js'
import { timeRank } from '../../distributed/timeRank.js'
import { showProgress } from '../../progress.js'
import { lines } from '../../report/figure.js'
import { digits, mib } from '../../report/formatNumbers.js'
import { defineBenchmark } from '../../run/benchmark.js'
import { count, counts } from '../../argumentParsers.js'
import { median } from '../../sampleStatistics.js'
import { withStepOptions } from '../speed/stepOptions.js'
import type { StepOptions } from '../speed/stepOptions.js'

type Settings = StepOptions & { readonly counts: readonly number[]; readonly steps: number }

/** Memory of training with K directions, in one program or one direction at a time. */
type DirectionsRow = {
  readonly way: 'one program' | 'one at a time'
  readonly directions: number
  readonly parameters: number
  /** The peak memory of the backend: parameters, moments, data and workspace. */
  readonly peakBytes: number
  readonly medianMs: number
  /** The loss after the last step. */
  readonly loss: number
}

type Result = { readonly rows: readonly DirectionsRow[] }

/** `directions`: memory against the number of directions, of a model whose single direction is large. */
export const directions = defineBenchmark<Settings, Result>({
  name: 'directions',
  folder: 'memory',
  about: 'peak memory against the number of random directions, of a model with 1e7 parameters',
  options: (command) =>
    withStepOptions(command)
      .option('--counts <list>', 'numbers of directions', counts, [1, 2, 4, 8])
      .option('--steps <n>', 'steps that are timed', count, 2),
  quick: { widths: [2, 100, 100, 1], batch: 16, time: 4, counts: [1, 4] },
  async measure({ backend: name, threads, counts: list, steps, estimator: _, ...settings }, { io }) {
    const rows: DirectionsRow[] = []
    const progress = showProgress(io, 2 * list.length)
    try {
      for (const way of ['one program', 'one at a time'] as const) {
        for (const k of list) {
          await using backend = await openBackend(name, threads)
          const step = { ...settings, estimator: 'rfg', directions: k } as const
          const cut = way === 'one program' ? null : { directions: k, batch: 1 }
          const timing = await timeRank(single(), backend, { step, cut, steps, link: null })
          const { parameters, loss } = timing
          const { peakBytes } = backend.stats()
          rows.push({ way, directions: k, parameters, peakBytes, medianMs: median(timing.times), loss })
          progress.step(`${way}, K = ${k}`)
        }
      }
    } finally {
      progress.stop()
    }
    return { result: { rows }, samples: {} }
  },
  tables: ({ settings, rows }) => [
    {
      title: `Memory against directions: ${settings.backend}, ${settings.widths.join('-')}, ${rows[0]?.parameters ?? 0} parameters, T = ${settings.time}, batch ${settings.batch}`,
      head: ['way', 'K', 'peak MiB', 'in units of the parameters', 'ms per step'],
      rows: rows.map((r) => [
        r.way,
        String(r.directions),
        mib(r.peakBytes),
        digits(r.peakBytes / (4 * r.parameters)),
        digits(r.medianMs),
      ]),
      note: 'One at a time: a share for each direction (`--shares directions:K`), which also repeats the primal. Parameters and the two moments of Adam are three units.',
    },
  ],
  figures: ({ rows }) => [
    lines(
      'Peak memory against directions',
      rows.map((r) => ({ x: r.directions, y: r.peakBytes / 2 ** 20, line: r.way })),
      { title: 'K', log: true },
      { title: 'peak MiB', log: false },
    ),
  ],
})
