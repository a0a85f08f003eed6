import { withSpread } from '../accuracy/withSpread.js'
import { backendNames, openBackend } from '../backends.js'
import { estimatorNames } from '../estimators.js'
import { showProgress } from '../progress.js'
import { lines } from '../report/figure.js'
import { digits, mib } from '../report/formatNumbers.js'
import { defineBenchmark } from '../run/benchmark.js'
import { mean, spread } from '../sampleStatistics.js'
import { searchRates } from '../tuned/searchRates.js'
import type { RateSearch } from '../tuned/searchRates.js'
import { count, counts, keys, oneOf, positive, someOf } from '../usage.js'
import { trainXor } from './trainXor.js'
import type { XorOutcome, XorTraining } from './trainXor.js'

type Settings = {
  readonly times: readonly number[]
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

/** A training, and what it gave. */
type Trial = { readonly learningRate: number; readonly networkKey: number } & XorOutcome

type Row = {
  readonly time: number
  readonly estimator: string
  readonly bytes: number
  /** Null if a step does not fit into the memory. */
  readonly search: (RateSearch & { readonly trials: readonly Trial[] }) | null
  readonly tests: readonly Trial[]
}

type Result = { readonly rows: readonly Row[] }

/** The mean of a value over the tests, with its spread. */
function over({ tests }: Row, of: (trial: Trial) => number | null) {
  const values = tests.map(of).filter((v): v is number => v !== null)
  return values.length === 0 ? null : { mean: mean(values), spread: spread(values) }
}

/** The rates of every search are those of its first T: time constants grow with T, and everything else stays. */
async function measureAll(settings: Settings, onTraining: (what: string) => void): Promise<Result> {
  const { backend: name, threads, times, estimators, keys: testKeys, searchKeys, rates, memory, ...shape } = settings
  await using backend = await openBackend(name, threads)
  const rows: Row[] = []
  for (const time of times) {
    for (const estimator of estimators) {
      const run = async (learningRate: number, networkKey: number): Promise<Trial> => {
        const one: XorTraining = { ...shape, time, estimator, learningRate, networkKey, memory: memory * 2 ** 30 }
        const outcome = await trainXor(one, backend)
        onTraining(`${estimator} T = ${time} rate ${learningRate} key ${networkKey}: ${digits(outcome.loss)}`)
        return { learningRate, networkKey, ...outcome }
      }
      const known = rows.find((r) => r.estimator === estimator && r.search !== null)?.search ?? null
      const trials: Trial[] = []
      const search =
        known ??
        (await searchRates(rates, async (learningRate) => {
          const found: Trial[] = []
          for (const networkKey of searchKeys) found.push(await run(learningRate, networkKey))
          trials.push(...found)
          const losses = found.map((t) => t.loss)
          return losses.some((l) => l === null || !Number.isFinite(l)) ? null : mean(losses.map(Number))
        }))
      const tests: Trial[] = []
      if (search.best !== null) for (const key of testKeys) tests.push(await run(search.best, key))
      const bytes = [...tests, ...trials][0]?.bytes ?? Number.NaN
      rows.push({ time, estimator, bytes, search: known === null ? { ...search, trials } : null, tests })
    }
  }
  return { rows }
}

/** `long`: memory over long times. */
export const longTime = defineBenchmark<Settings, Result>({
  name: 'long',
  about: 'delayed exclusive or with learned leaks and thresholds: error and memory of a step against T',
  options: (command) =>
    command
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
    const cells = settings.times.length * settings.estimators.length
    const searches = settings.estimators.length * settings.rates * settings.searchKeys.length
    const progress = showProgress(io, cells * settings.keys.length + searches)
    const result = await measureAll(settings, (what) => progress.step(what))
    progress.stop()
    return { result, samples: {} }
  },
  tables: ({ settings, rows }) => [
    {
      title:
        `Delayed exclusive or: ${settings.neurons} neurons with learned leaks and thresholds, batch ${settings.batch}, ${settings.steps} steps, ` +
        `${settings.memory} GiB at most; mean and spread over keys ${settings.keys.join(', ')}`,
      head: ['T', 'estimator', 'MiB of a step', 'mean squared error', 'wrong answers, %', 'rate'],
      rows: rows.map((row) => {
        const { best = null, interior = false } =
          rows.find((r) => r.estimator === row.estimator && r.search !== null)?.search ?? {}
        const percent = over(row, (t) => (t.wrong === null ? null : 100 * t.wrong))
        return [
          String(row.time),
          row.estimator,
          mib(row.bytes),
          row.bytes > settings.memory * 2 ** 30 ? 'does not fit' : withSpread(over(row, (t) => t.loss)),
          withSpread(percent),
          best === null ? '–' : `${best}${interior ? '' : ' (edge of the search)'}`,
        ]
      }),
      note: `The rate is searched at T = ${settings.times[0]}, with keys ${settings.searchKeys.join(', ')}, and kept for larger T.`,
    },
  ],
  figures: ({ rows }) => [
    lines(
      'Memory of a step against T',
      rows.map((r) => ({ x: r.time, y: r.bytes / 2 ** 20, line: r.estimator })),
      { title: 'T', log: true },
      { title: 'MiB', log: true },
    ),
  ],
})
