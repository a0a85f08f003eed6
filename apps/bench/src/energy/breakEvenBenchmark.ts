import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import { energyModels, modelledEnergy, networkBreakEven } from '@spikeward/energy'
import type { BreakEven, Ledger } from '@spikeward/energy'
import { commandLine } from '../accuracy/commandLine.js'
import { outcomeOf } from '../accuracy/cell.js'
import { commandResult } from '../accuracy/commandResult.js'
import { meanAndSpread } from '../chip/meanAndSpread.js'
import { lines } from '../report/figure.js'
import { digits } from '../report/formatNumbers.js'
import { defineBenchmark } from '../run/benchmark.js'
import { mean } from '../sampleStatistics.js'
import { count, counts, keys, oneOf, penalties } from '../argumentParsers.js'
import { backendNames } from '../backends.js'

type Settings = {
  readonly backend: string
  readonly threads: number
  readonly problem: string
  readonly estimator: string
  readonly keys: readonly number[]
  readonly width: number
  readonly times: readonly number[]
  readonly denseWidths: readonly number[]
  readonly steps: number
  /** Penalties of the readout, of which the validation functions choose one for each size. */
  readonly penalties: readonly number[]
}

/** Networks of one size: their errors by key, and the counts of one evaluation on the batch of a step with the first key. */
type Sized = {
  readonly errors: readonly number[]
  /**
   * Errors on the validation functions, which choose the dense network. Absent in runs that chose by the test functions.
   */
  readonly validation?: readonly number[]
  readonly ledger: Pick<Ledger, 'forward' | 'firingRate'>
  /** The penalty that the validation functions chose, and the mean validation errors of all penalties. */
  readonly penalty: { readonly chosen: number; readonly trials: readonly { penalty: number; validation: number }[] }
}

/** The errors by which networks are compared. */
const chosenBy = ({ validation, errors }: Pick<Sized, 'validation' | 'errors'>): readonly number[] =>
  validation ?? errors

/** Spiking networks over T steps, and the dense networks of equal error. */
type SpikingRow = Sized & {
  readonly time: number
  /** The width of the narrowest dense network whose mean validation error is at most the spiking one's; null if none is. */
  readonly equalWidth: number | null
  readonly breakEven: readonly BreakEven[]
}

/** The result of `break-even`. */
export type BreakEvenResult = {
  readonly dense: readonly (Sized & { readonly width: number })[]
  readonly spiking: readonly SpikingRow[]
}

/** Models with prices for multiply–accumulates. */
const models = [energyModels.horowitz45, energyModels['horowitz45-int8']]

const penaltyOf = ({ penalty }: Sized): string => String(penalty.chosen)

const microjoules = (sized: Sized): string => {
  const { low, high } = modelledEnergy(sized.ledger.forward, models[0]!)
  return `${digits(low / 1e6)} to ${digits(high / 1e6)} µJ`
}

/** `break-even`: the firing rate at which a spiking operator network costs less than a dense one of equal error. */
export const breakEven = defineBenchmark<Settings, BreakEvenResult>({
  name: 'break-even',
  folder: 'hardware',
  about: 'the firing rate below which a spiking operator network costs less than a dense one of equal error',
  options: (command) =>
    command
      .option('--backend <name>', 'backend that trains', oneOf(...backendNames), 'native')
      .option('--threads <n>', 'threads of the backend', count, 1)
      .option('--problem <name>', 'operator', 'poisson-1d')
      .option('--estimator <name>', 'estimator of all networks', 'eligibility')
      .option('--keys <list>', 'keys of the trainings', keys, [81, 82, 83])
      .option('--width <n>', 'neurons of each of the two hidden layers of a spiking branch and trunk', count, 64)
      .option('--times <list>', 'time steps', counts, [8, 16, 32])
      .option(
        '--dense-widths <list>',
        'units of each of the two hidden layers of a dense branch and trunk',
        counts,
        [4, 8, 16, 32, 64],
      )
      .option('--steps <n>', 'steps of each training', count, 1000)
      .option(
        '--penalties <list>',
        'penalties of the readout, of which the validation functions choose one for each size',
        penalties,
        [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1],
      ),
  quick: { keys: [81], width: 6, times: [4], denseWidths: [4, 6], steps: 4, penalties: [1e-4, 1e-2] },
  async measure(s, { io }) {
    const program = await commandLine()
    const folder = await mkdtemp(join(tmpdir(), 'spikeward-break-even-'))
    const where = ['--backend', s.backend, '--threads', String(s.threads)]
    const trainSize = async (
      name: string,
      width: number,
      options: readonly string[],
    ): Promise<Omit<Sized, 'penalty'>> => {
      const [errors, validation]: [number[], number[]] = [[], []]
      for (const key of s.keys) {
        const summary = await commandResult<Readonly<Record<string, unknown>>>(program, [
          ...['train', s.problem, '--network', 'deeponet', '--estimator', s.estimator, '--steps', String(s.steps)],
          ...['--branch', `${width},${width}`, '--trunk', `${width},${width}`, '--key', String(key), ...options],
          ...['--out', join(folder, `${name}-${key}`), '--no-figures', ...where],
        ])
        const metrics = await readFile(join(folder, `${name}-${key}`, 'metrics.jsonl'), 'utf8')
        const outcome = outcomeOf(summary, metrics, '')
        errors.push(outcome.relativeL2 ?? Number.POSITIVE_INFINITY)
        validation.push(outcome.validation ?? Number.POSITIVE_INFINITY)
      }
      const counted = await commandResult<{ readonly ledger: Ledger }>(program, [
        ...['energy', join(folder, `${name}-${s.keys[0]}`), ...where],
      ])
      const { forward, firingRate } = counted.ledger
      io.err(`${name}: ${errors.map((e) => e.toFixed(4)).join(', ')}\n`)
      return { errors, validation, ledger: { forward, firingRate } }
    }
    /** The networks of one size with the penalty that has the least mean validation error. */
    const measureSize = async (name: string, width: number, options: readonly string[]): Promise<Sized> => {
      let best: { readonly sized: Omit<Sized, 'penalty'>; readonly chosen: number; readonly least: number } | undefined
      const trials: { readonly penalty: number; readonly validation: number }[] = []
      for (const penalty of s.penalties) {
        const sized = await trainSize(`${name}-${penalty}`, width, [...options, '--readout-penalty', String(penalty)])
        const validation = mean(chosenBy(sized))
        trials.push({ penalty, validation })
        if (validation < (best?.least ?? Number.POSITIVE_INFINITY)) best = { sized, chosen: penalty, least: validation }
      }
      if (best === undefined)
        throw new SpikewardError(
          'BENCH_DIVERGED',
          `${name}: no penalty gives a finite error at the validation functions`,
        )
      return { ...best.sized, penalty: { chosen: best.chosen, trials } }
    }
    try {
      const dense: (Sized & { readonly width: number })[] = []
      for (const width of s.denseWidths) {
        dense.push({ width, ...(await measureSize(`dense-${width}`, width, ['--spiking', 'none'])) })
      }
      const spiking: SpikingRow[] = []
      for (const time of s.times) {
        const sized = await measureSize(`spiking-${time}`, s.width, ['--time', String(time)])
        const equal = dense.find((one) => mean(chosenBy(one)) <= mean(chosenBy(sized))) ?? null
        const both = equal && { spiking: sized.ledger.forward, dense: equal.ledger.forward }
        spiking.push({
          ...sized,
          time,
          equalWidth: equal?.width ?? null,
          breakEven: both === null ? [] : models.map((model) => networkBreakEven(model, both)),
        })
      }
      return { result: { dense, spiking }, samples: {} }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
  tables: ({ settings, dense, spiking }) => [
    {
      title: `Firing rate below which a spiking DeepONet costs less than a dense one of equal error: ${settings.problem}, two hidden layers in branch and trunk`,
      head: [
        'network',
        'penalty',
        'relative L2',
        'firing rate',
        'one evaluation, horowitz45',
        'dense width of equal error',
        ...models.map((m) => `break-even rate, ${m.name}`),
      ],
      rows: [
        ...spiking.map((row) => [
          `spiking, ${settings.width} neurons, T = ${row.time}`,
          penaltyOf(row),
          meanAndSpread(row.errors),
          row.ledger.firingRate === null ? '—' : `${digits(100 * row.ledger.firingRate)} %`,
          microjoules(row),
          row.equalWidth === null ? 'none' : String(row.equalWidth),
          ...models.map((m) => {
            const found = row.breakEven.find((b) => b.model === m.name)
            return found === undefined ? '—' : `${digits(100 * found.low)} to ${digits(100 * found.high)} %`
          }),
        ]),
        ...dense.map((row) => [
          `dense, ${row.width} units`,
          penaltyOf(row),
          meanAndSpread(row.errors),
          '—',
          microjoules(row),
          '—',
          ...models.map(() => '—'),
        ]),
      ],
      note:
        `Mean ± standard deviation over the keys ${settings.keys.join(', ')}; ${settings.steps} steps of ${settings.estimator} with the tuned defaults of the problem, and the penalty of the readout, of ${settings.penalties.join(', ')}, with the least mean validation error. Counts are those of one evaluation of the batch of a step, by the first key. ` +
        `Equal error: the narrowest dense network whose mean error over these keys at the ${spiking.every(({ validation }) => validation !== undefined) ? 'validation functions is at most that of the spiking one' : 'test functions is at most that of the spiking one, so its size is chosen by test errors'}. ` +
        'A rate of 0 means that the spiking network costs more than the dense one even without a spike.',
    },
  ],
  figures: ({ settings, dense, spiking }) => [
    lines(
      'Modelled energy of one evaluation in µJ, high end of horowitz45, by relative L2',
      [
        ...dense.map((row) => ({
          x: mean(row.errors),
          y: modelledEnergy(row.ledger.forward, models[0]!).high / 1e6,
          line: 'dense',
        })),
        ...spiking.map((row) => ({
          x: mean(row.errors),
          y: modelledEnergy(row.ledger.forward, models[0]!).high / 1e6,
          line: `spiking, ${settings.width}`,
        })),
      ],
      { title: 'relative L2', log: true },
      { title: 'µJ', log: true },
    ),
  ],
})
