import { add, cast, conv, jit, key as keyOf, less, mul, normal, scan, toBackend, uniform, zeros } from '@spikeward/core'
import type { Backend, Tensor } from '@spikeward/core'
import { type InstructionSet, instructionSetFor, instructionSets, openBackend } from '../../backends.js'
import { count, someOf } from '../../argumentParsers.js'
import { digits, percent } from '../../report/tableMarkdown.js'
import { defineBenchmark } from '../../run/benchmark.js'
import { type Runner, alternate, ratio, timesOf } from '../../step/alternate.js'

type Settings = {
  readonly backend: string
  readonly threads: number
  readonly repeat: number
  readonly sets: readonly InstructionSet[]
}

type Row = {
  readonly instructionSet: InstructionSet | null
  readonly input: string
  readonly edges: 'zeros' | 'circular'
  /** Share of the input that is not zero. */
  readonly activity: number
  /** Of one step. */
  readonly medianMs: number
  /** Time ÷ that of the same step with a dense input, the median over alternating rounds. */
  readonly ratio: number
}

/** Samples and cells, and the channels before and after a kernel. */
const shapes = [
  { cells: [8, 256], kernel: [5], channels: 12 },
  { cells: [8, 256], kernel: [5], channels: 16 },
  { cells: [1, 64, 64], kernel: [3, 3], channels: 16 },
] as const

const ACTIVITIES = [1, 0.1, 0.05, 0.03]
/** Inputs that take turns, few enough to stay in a cache as the values of the layer before do. */
const INPUTS = 4
/** Steps of one call, so that the call itself takes a small part. */
const STEPS = 6 * INPUTS

/** y ← y + w ∗ x_t over steps: the sums of a layer that receives changes. */
async function runnersOf(
  { cells, kernel, channels }: (typeof shapes)[number],
  edges: Row['edges'],
  backend: Backend,
): Promise<readonly Runner[]> {
  const key = keyOf(1, { backend })
  const shape = [...cells, channels]
  const weight = normal(key.fold(1), [...kernel, channels, channels])
  const sums = jit((xs: Tensor, w: Tensor, y: Tensor) => {
    const one = (total: Tensor, x: Tensor): [Tensor, []] => [add(total, conv(x, w, { edges })), []]
    return scan((total: Tensor): [Tensor, []] => [scan(one, total, xs)[0], []], y, null, { length: STEPS / INPUTS })[0]
  })
  const start = await toBackend(zeros(shape), backend)
  const inputs = ACTIVITIES.map((activity, i) => {
    const size = [INPUTS, ...shape]
    return mul(normal(key.fold(10 + i), size), cast(less(uniform(key.fold(20 + i), size), activity), 'f32'))
  })
  await Promise.all([weight, start, ...inputs].map((t) => t.data()))
  return inputs.map((x, i) => ({
    name: percent(ACTIVITIES[i]!),
    round: async (n) => {
      const times = await timesOf(async () => {
        const result = sums(x, weight, start)
        await result.data()
        result.dispose()
      }, n)
      return times.map((ms) => ms / STEPS)
    },
  }))
}

/**
 * `events`: a convolution whose input is mostly zero, as sigma–delta units send it, against the same convolution of a
 * dense input.
 */
export const events = defineBenchmark<Settings, { readonly rows: readonly Row[] }>({
  name: 'events',
  folder: 'speed',
  about: 'a convolution of few events against the same one of a dense input, in alternating rounds',
  options: (command) =>
    command
      .option('--backend <name>', 'the backend', 'native')
      .option('--threads <n>', 'threads', count, 1)
      .option('--repeat <n>', 'rounds of each input', count, 8)
      .option('--sets <names>', 'instruction sets of native', someOf(...instructionSets), [...instructionSets]),
  quick: { repeat: 2 },
  async measure({ backend: name, threads, repeat, sets }) {
    const rows: Row[] = []
    const samples: Record<string, readonly number[]> = {}
    const chosen = instructionSetFor(name, 'avx2') === undefined ? [undefined] : sets
    for (const set of chosen) {
      await using backend = await openBackend(name, threads, set)
      for (const shape of shapes)
        for (const edges of ['zeros', 'circular'] as const) {
          const timings = await alternate(await runnersOf(shape, edges, backend), repeat)
          const input = `${[...shape.cells, shape.channels].join(' × ')}, kernels of ${shape.kernel.join(' × ')}`
          for (const [i, timing] of timings.entries()) {
            const row = { instructionSet: set ?? null, input, edges, activity: ACTIVITIES[i]! }
            rows.push({ ...row, medianMs: timing.medianMs, ratio: ratio(timing, timings[0]!) })
            samples[Object.values(row).join(' ')] = timing.rounds
          }
        }
    }
    return { result: { rows }, samples }
  },
  tables: ({ settings, rows }) => [
    {
      title: `Convolutions of events on ${settings.backend}, ${settings.threads} thread(s)`,
      head: ['instructions', 'input', 'edges', ...ACTIVITIES.map((a) => percent(a)), 'ms, dense'],
      rows: rows
        .filter((row) => row.activity === 1)
        .map((dense) => [
          dense.instructionSet ?? '',
          dense.input,
          dense.edges,
          ...rows
            .filter(
              (r) => r.instructionSet === dense.instructionSet && r.input === dense.input && r.edges === dense.edges,
            )
            .map((r) => r.ratio.toFixed(2)),
          digits(dense.medianMs),
        ]),
      note: 'Time of a step y ← y + w ∗ x ÷ that of a dense x, by the share of x that is not zero.',
    },
  ],
  figures: () => [],
})
