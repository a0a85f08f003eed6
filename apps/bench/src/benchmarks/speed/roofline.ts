import { type InstructionSet, openBackend } from '../../backends.js'
import { bars, digits, gflop, mib, percent } from '../../report/tableMarkdown.js'
import { type ProductResult, type Size, timeProducts } from '../../roofline/products.js'
import { type Roofs, type RoofsOrReason, type Standing, measureRoofs, rooflineStanding } from '../../roofline/roofs.js'
import { type TimedPart, timeParts } from '../../roofline/timeParts.js'
import { defineBenchmark } from '../../run/benchmark.js'
import { positive } from '../../argumentParsers.js'
import { type StepOptions, instructionSetOption, withStepOptions } from './stepOptions.js'

type Settings = StepOptions & { readonly budget: number; readonly instructionSet?: InstructionSet }

/** `standing` is null if the roofs are not known. */
type RooflinePart = TimedPart & { readonly standing: Standing | null }

type RooflineResult = {
  readonly roofs: RoofsOrReason
  /** The whole training step, and its parts run alone. */
  readonly ms: number
  readonly parts: readonly RooflinePart[]
  readonly products: readonly ProductResult[]
}

/** The product that takes most of the step's time, and a large one. */
const sizes = ({ widths, time, batch }: Settings): readonly Size[] => [
  [time * batch, widths[2] ?? 1, widths[1] ?? 1],
  [1024, 1024, 1024],
]

const isKnown = (roofs: RoofsOrReason): roofs is Roofs => 'flopsPerSecond' in roofs

/** Parts below this share of the sum appear only in the JSON. */
const SHOWN = 0.005

/** How the shares of products of spikes are computed. */
const COUNTED =
  'Operations of products of spikes are counted as dense. Their share of the roof counts the additions that they do: one for each column and each spike, or on native each group of four inputs with a spike.'

/**
 * `roofline`: every kernel of a training step compared with the peaks of the machine, and its product compared with
 * torch.mm.
 */
export const roofline = defineBenchmark<Settings, RooflineResult>({
  name: 'roofline',
  folder: 'speed',
  about: "every kernel of a training step compared with the machine's measured peaks",
  options: (command) =>
    withStepOptions(command)
      .option('--budget <ms>', 'milliseconds for which each kernel is repeated', positive, 300)
      .option(...instructionSetOption),
  quick: { batch: 64, time: 4, budget: 20 },
  async measure(settings) {
    const { backend: name, threads, budget, instructionSet, ...step } = settings
    await using backend = await openBackend(name, threads, instructionSet)
    const roofs = await measureRoofs(threads, budget / 300, instructionSet)
    const { ms, parts } = await timeParts(step, backend, budget)
    const bounds = parts.map((p) => {
      // An addition takes the place of a multiply-add, which counts as two operations.
      const work = p.additions === null ? p : { ...p, flops: 2 * p.additions }
      return { ...p, standing: isKnown(roofs) ? rooflineStanding(work, p.ms, roofs) : null }
    })
    const products = await timeProducts(backend, sizes(settings), {
      ...{ threads, rounds: 3, budgetMs: budget },
      ...(instructionSet === undefined ? {} : { instructionSet }),
    })
    return { result: { roofs, ms, parts: bounds, products }, samples: { step: [ms] } }
  },
  tables: ({ settings, roofs, ms, parts, products }) => {
    const sum = parts.reduce((total, p) => total + p.times * p.ms, 0)
    const shown = parts.filter((p) => p.times * p.ms >= SHOWN * sum)
    const { backend, threads, estimator, widths, time, batch, directions } = settings
    return [
      {
        title: `Roofline: ${estimator} ${widths.join('-')}, T = ${time}, batch ${batch}, K = ${directions} on ${backend}, ${threads} threads`,
        head: [
          ...['kernel, alone', 'times', 'ms each', 'GFLOP', 'MiB', 'GFLOP/s', 'GB/s', 'bound by', 'share of that roof'],
        ],
        rows: shown.map((p) => [
          p.name,
          String(p.times),
          digits(p.ms),
          gflop(p.flops),
          mib(p.bytes),
          digits(p.flops / p.ms / 1e6),
          digits(p.bytes / p.ms / 1e6),
          p.standing?.bound ?? '–',
          p.standing === null ? '–' : percent(p.standing.share),
        ]),
        note:
          `${isKnown(roofs) ? `Roofs: ${gflop(roofs.flopsPerSecond)} GFLOP/s, ${gflop(roofs.bytesPerSecond)} GB/s.` : `No roofs: ${roofs.absent}.`} ` +
          `The whole step takes ${digits(ms)} ms; its parts, each alone, ${digits(sum)} ms. ` +
          `${COUNTED}  Bytes are counted as if there were no cache.`,
      },
      {
        title: `Dense products compared with torch.mm, ${threads} threads`,
        head: ['m × n × k', 'ours, GFLOP/s', 'share of the roof', 'torch.mm, GFLOP/s', 'ours/torch'],
        rows: products.map((p) => [
          p.size.join(' × '),
          gflop(p.flopsPerSecond),
          isKnown(roofs) ? percent(p.flopsPerSecond / roofs.flopsPerSecond) : '–',
          p.torch === null ? '–' : gflop(p.torch),
          p.torch === null ? '–' : digits(p.flopsPerSecond / p.torch),
        ]),
      },
    ]
  },
  figures: ({ settings, parts }) => [
    bars(
      `Time of each kernel of a step, alone (${settings.backend})`,
      parts.filter((p) => p.times * p.ms > 0.02).map((p) => ({ name: p.name, value: p.times * p.ms })),
      'ms per step',
    ),
  ],
})
