import { withSpread } from '../accuracy/withSpread.js'
import { backendNames, openBackend } from '../backends.js'
import type { Options } from '../catalogue.js'
import { estimatorNames } from '../estimators.js'
import { showProgress } from '../progress.js'
import type { Progress } from '../progress.js'
import { lines } from '../report/figure.js'
import { digits, mib } from '../report/formatNumbers.js'
import { defineBenchmark } from '../run/benchmark.js'
import { mean, spread } from '../sampleStatistics.js'
import { LOWEST_RATE, searchRates } from '../tuned/search/searchRates.js'
import type { RateSearch } from '../tuned/search/searchRates.js'
import { count, counts, keys, oneOf, positive, someOf } from '../argumentParsers.js'
import { longProblem, longProblems } from './longProblem.js'
import type { LongProblemName } from './longProblem.js'
import type { LongOutcome, LongTraining } from './longTraining.js'

type Settings = {
  /** Absent in runs from before there were several. */
  readonly problem?: LongProblemName
  readonly times: readonly number[]
  /** Numbers of steps at which only the memory is stated. Absent: none. */
  readonly inspect?: readonly number[]
  readonly estimators: readonly string[]
  readonly neurons: number
  readonly batch: number
  readonly steps: number
  readonly keys: readonly number[]
  readonly searchKeys: readonly number[]
  readonly rates: number
  readonly memory: number
  readonly backend: string
  readonly threads: number
}

/** The problem of earlier runs. */
const FIRST = 'delayed-xor'

/** A training and its outcome. */
type Trial = { readonly learningRate: number; readonly networkKey: number } & LongOutcome

type Row = {
  readonly time: number
  readonly estimator: string
  /** Options of the estimator that are not its defaults. Absent in earlier runs. */
  readonly options?: Options
  readonly bytes: number
  /** Null at a T that has the rate of another one, or no training. */
  readonly search: (RateSearch & { readonly trials: readonly Trial[] }) | null
  readonly tests: readonly Trial[]
}

type Result = { readonly rows: readonly Row[] }

/** The mean of a value over the tests, with its spread. */
function over({ tests }: Row, of: (trial: Trial) => number | null | undefined) {
  const values = tests.map(of).filter((v): v is number => v !== null && v !== undefined)
  return values.length === 0 ? null : { mean: mean(values), spread: spread(values) }
}

/** Every search runs at the first T, and larger ones use its rate: only time constants grow with T. */
async function measureAll(settings: Settings, progress: Progress): Promise<Result> {
  const { backend: name, threads, estimators, keys: testKeys, searchKeys, rates } = settings
  const { neurons, batch, steps, times, inspect = [] } = settings
  const problem = longProblem(settings.problem ?? FIRST)
  const memory = settings.memory * 2 ** 30
  await using backend = await openBackend(name, threads)
  const rows: Row[] = []
  for (const time of times) {
    for (const estimator of estimators) {
      const run = async (learningRate: number, networkKey: number): Promise<Trial> => {
        const one: LongTraining = { neurons, batch, steps, time, estimator, learningRate, networkKey, memory }
        const outcome = await problem.train(one, backend)
        progress.step(`${estimator} T = ${time} rate ${learningRate} key ${networkKey}: ${digits(outcome.loss)}`)
        return { learningRate, networkKey, ...outcome }
      }
      const known = rows.find((r) => r.estimator === estimator && r.search !== null)?.search ?? null
      const trials: Trial[] = []
      const search =
        known ??
        (await searchRates(
          rates,
          async (learningRate) => {
            const found: Trial[] = []
            for (const networkKey of searchKeys) found.push(await run(learningRate, networkKey))
            trials.push(...found)
            const losses = found.map((t) => t.loss)
            return losses.some((l) => l === null || !Number.isFinite(l)) ? null : mean(losses.map(Number))
          },
          (more) => progress.more(more * searchKeys.length),
        ))
      const tests: Trial[] = []
      if (search.best === null) progress.more(-testKeys.length)
      if (search.best !== null) for (const key of testKeys) tests.push(await run(search.best, key))
      const bytes = [...tests, ...trials][0]?.bytes ?? Number.NaN
      const options = problem.options[estimator] ?? {}
      rows.push({ time, estimator, options, bytes, search: known === null ? { ...search, trials } : null, tests })
    }
  }
  for (const time of inspect) {
    for (const estimator of estimators) {
      // With no memory allowed, no step fits, so nothing is trained.
      const one: LongTraining = {
        ...{ neurons, batch, steps, time, estimator },
        ...{ learningRate: LOWEST_RATE, networkKey: testKeys[0]!, memory: 0 },
      }
      const { bytes } = await problem.train(one, backend)
      progress.step(`${estimator} T = ${time}: ${mib(bytes)} MiB`)
      rows.push({ time, estimator, options: problem.options[estimator] ?? {}, bytes, search: null, tests: [] })
    }
  }
  return { rows }
}

/** Options as `(directions = 16)`; nothing where there are none. */
const optionsText = (options: Options = {}): string => {
  const entries = Object.entries(options).map(([name, value]) => `${name} = ${String(value)}`)
  return entries.length === 0 ? '' : ` (${entries.join(', ')})`
}

/** `long`: memory over long times. */
export const longTime = defineBenchmark<Settings, Result>({
  name: 'long',
  folder: 'estimators',
  about: 'long times and recurrent layers: error and memory of a step against T',
  options: (command) =>
    command
      .option('--problem <name>', 'problem', oneOf(...(Object.keys(longProblems) as LongProblemName[])), FIRST)
      .option(
        '--inspect <list>',
        'further numbers of time steps, at which only the memory of a step is stated',
        counts,
        [],
      )
      .option(
        '--times <list>',
        'numbers of time steps, the first of them with a search of the rate',
        counts,
        [64, 256, 1024, 4096, 16_384],
      )
      .option('--estimators <names>', 'estimators', someOf(...estimatorNames), [
        'bp',
        'bp/checkpoint',
        'rateBackpropagation',
        'rfg',
      ])
      .option('--neurons <n>', 'hidden neurons', count, 32)
      .option('--batch <n>', 'samples per step', count, 64)
      .option('--steps <n>', 'steps of every training', count, 300)
      .option('--keys <list>', 'keys of the tests', keys, [501, 502, 503])
      .option('--search-keys <list>', 'keys of the search', keys, [591])
      .option('--rates <n>', 'least number of rates that a search tries', count, 5)
      .option('--memory <GiB>', 'memory that a step may use', positive, 4)
      .option('--backend <name>', 'backend', oneOf(...backendNames), 'native')
      .option('--threads <n>', 'threads', count, 1),
  quick: { times: [24, 48], neurons: 4, batch: 8, steps: 3, keys: [501], rates: 5 },
  async measure(settings, { io }) {
    const { times, inspect = [], estimators } = settings
    const cells = times.length * estimators.length
    const searches = settings.estimators.length * settings.rates * settings.searchKeys.length
    const progress = showProgress(io, cells * settings.keys.length + inspect.length * estimators.length + searches)
    const result = await measureAll(settings, progress)
    progress.stop()
    return { result, samples: {} }
  },
  tables: ({ settings, rows }) => {
    const { title, error } = longProblem(settings.problem ?? FIRST)
    const trials = rows.flatMap((row) => row.tests)
    const answers = trials.some((t) => t.wrong !== undefined)
    const ridge = trials.some((t) => t.ridge !== undefined)
    return [
      {
        title:
          `${title}: ${settings.neurons} neurons, batch ${settings.batch}, ${settings.steps} steps, ` +
          `${settings.memory} GiB at most; mean and spread over keys ${settings.keys.join(', ')}`,
        head: [
          ...['T', 'estimator', 'MiB of a step', 'memory of bp divided by it', 'of bp/checkpoint', 's of a training'],
          ...['time divided by that of bp', error],
          ...(answers ? ['wrong answers, %'] : []),
          ...(ridge ? ['untrained, ridge'] : []),
          'rate',
        ],
        rows: rows.map((row) => {
          const { best = null, interior = false } =
            rows.find((r) => r.estimator === row.estimator && r.search !== null)?.search ?? {}
          const percent = over(row, (t) => (t.wrong === null || t.wrong === undefined ? null : 100 * t.wrong))
          const [bp, checkpoint] = ['bp', 'bp/checkpoint'].map((name) =>
            rows.find((r) => r.time === row.time && r.estimator === name),
          )
          const seconds = over(row, (t) => t.seconds)
          const ofBp = bp === undefined ? null : over(bp, (t) => t.seconds)
          const large = row.bytes > settings.memory * 2 ** 30
          return [
            String(row.time),
            `${row.estimator}${optionsText(row.options)}`,
            mib(row.bytes),
            bp === undefined ? '–' : digits(bp.bytes / row.bytes),
            checkpoint === undefined ? '–' : digits(checkpoint.bytes / row.bytes),
            withSpread(seconds),
            seconds === null || ofBp === null ? '–' : digits(seconds.mean / ofBp.mean),
            large ? 'does not fit' : row.tests.length === 0 ? 'not trained' : withSpread(over(row, (t) => t.loss)),
            ...(answers ? [withSpread(percent)] : []),
            ...(ridge ? [withSpread(over(row, (t) => t.ridge))] : []),
            best === null || row.tests.length === 0 ? '–' : `${best}${interior ? '' : ' (edge of the search)'}`,
          ]
        }),
        note: `The rate is searched at T = ${settings.times[0]}, with keys ${settings.searchKeys.join(', ')}, and kept for larger T.`,
      },
    ]
  },
  headline({ settings, rows }) {
    const { title, error } = longProblem(settings.problem ?? FIRST)
    const last = rows.filter((row) => row.tests.length > 0 && row.time === settings.times.at(-1))
    const [traces, bp, checkpoint] = ['eProp', 'bp', 'bp/checkpoint'].map((name) =>
      last.find((row) => row.estimator === name),
    )
    const meanOf = (row: Row | undefined, of: (trial: Trial) => number | null | undefined): number =>
      (row === undefined ? null : over(row, of)?.mean) ?? Number.NaN
    const errorOf = (row: Row | undefined): string => digits(meanOf(row, (t) => t.loss))
    const share = (row: Row | undefined): string =>
      `1/${digits((row?.bytes ?? Number.NaN) / (traces?.bytes ?? Number.NaN))}`
    const time = digits(meanOf(traces, (t) => t.seconds) / meanOf(bp, (t) => t.seconds))
    return [
      `A recurrent layer over ${settings.times.at(-1)} steps (${title.split(',')[0]}) reaches ${errorOf(traces)} by eProp and ${errorOf(bp)} by back-propagation; untrained, with a solved readout, it reaches ${digits(meanOf(traces, (t) => t.ridge))}.`,
      `eProp needs ${share(bp)} of the memory of back-propagation, ${share(checkpoint)} of that with checkpoints, and ${time} times the time (${error}, ${settings.steps} steps, mean of ${settings.keys.length} keys).`,
    ]
  },
  figures: ({ rows }) => [
    lines(
      'Memory of a step against T',
      rows.map((r) => ({ x: r.time, y: r.bytes / 2 ** 20, line: r.estimator })),
      { title: 'T', log: true },
      { title: 'MiB', log: true },
    ),
  ],
})
