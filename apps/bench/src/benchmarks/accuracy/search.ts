import { join } from 'node:path'
import { type CellRow, type Outcome, commandLine, outcomeOf, trainCell } from '../../accuracy/cell.js'
import { familyOf } from '../../docs/storedInDocs.js'
import { trainName, withTrainingOptions } from '../../accuracy/trainNames.js'
import { type Summary, summarise, withSpread } from '../../accuracy/summarise.js'
import { cellsOf, sweep } from '../../accuracy/sweep.js'
import { checkoutRoot, showProgress } from '../../io.js'
import { type Table, digits } from '../../report/tableMarkdown.js'
import { defineBenchmark } from '../../run/benchmark.js'
import { sampleMean as mean } from '@spikeward/train'
import { beyond, inTurn, searchBest } from '@spikeward/experiment'
import { sourceOf } from '@spikeward/train/node'
import { SpikewardError } from '@spikeward/core'
import { type Run, sourceText } from '../../run/run.js'
import { count } from '../../argumentParsers.js'

/**
 * Rates lie half a decade apart: the first ones from 1e-4 upwards, at least {@link MIN_RATES}, then further ones beyond
 * an end while the best rate is there, from 1e-7 to 1e2. If all rates failed, lower ones may succeed.
 */
const rateAt = (halves: number): number => Number((10 ** (halves / 2)).toPrecision(3))
const MIN_RATES = 5

const RATE = /\s*--learning-rate (\S+)/

type Settings = {
  readonly problem: string
  readonly estimators: readonly string[]
  readonly backend: string
  readonly keys: readonly number[]
  readonly seconds?: number
  readonly threads: number
  /**
   * The least number of rates that each search tries. Absent in runs stored when rates were listed among the options.
   */
  readonly rates?: number
  readonly budget: number
  readonly options?: readonly string[]
}

type Result = { readonly rows: readonly CellRow[]; readonly left: number }

/** @throws BENCH_USAGE if options name a rate, which the search finds */
function refuseRates(options: readonly string[]): void {
  const rate = options.find((text) => RATE.test(` ${text}`))
  if (rate === undefined) return
  throw new SpikewardError(
    'BENCH_USAGE',
    `the options '${rate}' name a learning rate, which the search finds; leave out --learning-rate`,
  )
}

/** An outcome without the errors on the test points, which a search must not know. */
export const withoutTest = (outcome: Outcome): Outcome => ({
  ...outcome,
  relativeL2: null,
  relativeL2Pooled: null,
  baselines: outcomeOf({}, '', '').baselines,
  curve: [],
})

/** For each estimator, the settings with the least mean error on the validation points over the keys. */
export function chosen(rows: readonly CellRow[]): ReadonlySet<Summary> {
  const best = new Map<string, Summary>()
  for (const one of summarise(rows)) {
    const name = one.estimator.split(' ')[0] ?? ''
    const error = one.failures.length > 0 ? Infinity : (one.validation?.mean ?? Infinity)
    if (error < (best.get(name)?.validation?.mean ?? Infinity)) best.set(name, one)
  }
  return new Set(best.values())
}

/**
 * Whether the chosen settings have the lowest or the highest rate of those tried with the same estimator and options.
 */
export function isAtEdge(one: Summary, all: readonly Summary[]): boolean {
  const without = (s: Summary): string => s.estimator.replace(RATE, '')
  const rateOf = (s: Summary): number => Number(RATE.exec(s.estimator)?.[1] ?? Number.NaN)
  const rates = all.filter((s) => without(s) === without(one)).map(rateOf)
  return rateOf(one) === Math.min(...rates) || rateOf(one) === Math.max(...rates)
}

function searchTable({ settings, rows, left }: Run<Settings, Result>): Table {
  const names = new Set([...chosen(rows)].map((s) => s.estimator))
  const all = summarise(rows)
  return {
    title: `Settings for ${settings.problem}: relative L2 on the validation points, mean and spread over keys ${settings.keys.join(', ')}`,
    head: ['estimator', 'validation', 'seconds', 'forward passes', ''],
    rows: all.map((s) => [
      s.estimator,
      s.failures.length > 0 ? `failed: ${s.failures.join('; ')}` : withSpread(s.validation),
      withSpread(s.trainingSeconds),
      digits(s.forwardEquivalents?.mean),
      names.has(s.estimator) ? (isAtEdge(s, all) ? 'chosen, at an edge of the search' : 'chosen') : '',
    ]),
    ...(left > 0 ? { note: `${left} cells are left; the same command continues with them.` } : {}),
  }
}

/** `search`: compares settings and chooses by the validation points; errors on the test points are discarded. */
export const search = defineBenchmark<Settings, Result>({
  name: 'search',
  folder: 'accuracy',
  about: 'tries settings of estimators and chooses by the validation points alone; continues an interrupted run',
  options: (command) =>
    withTrainingOptions(command, {
      estimators: ['rfg'],
      // No reported result may use them.
      keys: [201, 202],
      options: 'options of `spikeward train` without a rate, in one string; repeat for another set; default: none',
    })
      .option('--problem <name>', 'a problem of `spikeward list`', trainName('problem'), 'mexican-hat')
      .option('--backend <name>', 'backend', trainName('backend'), 'native')
      .option('--rates <n>', 'rates that each search tries at least, from 1e-4 upwards', count, MIN_RATES),
  quick: { keys: [201], seconds: 1, budget: 60 },
  async measure(settings, { io, out }) {
    const { problem, backend, seconds = null, options = [''] } = settings
    const first = Array.from({ length: Math.max(settings.rates ?? 0, MIN_RATES) }, (_, i) => i - 8)
    refuseRates(options)
    const program = await commandLine()
    const progress = showProgress(io, settings.estimators.length * options.length * first.length * settings.keys.length)
    const source = sourceText(sourceOf(checkoutRoot))
    const begun = performance.now()
    const rows: CellRow[] = []
    const file = out === null ? null : join(out.folder, `${out.name}.cells.jsonl`)
    let left = 0
    let earlierSeconds = 0
    /** The mean validation error at a rate; infinite if a run failed, or if the time is up. */
    const errorAt = async (estimator: string, own: string, learningRate: number): Promise<number> => {
      const cells = cellsOf({
        problems: [problem],
        estimators: [estimator],
        backends: [backend],
        keys: settings.keys,
        seconds,
        baselines: 'none',
        threads: settings.threads,
        options: [`${own} --learning-rate ${learningRate}`.trim()],
      })
      const done = await sweep(cells, {
        file,
        keep: true,
        source,
        budget: settings.budget - (performance.now() - begun) / 1000,
        train: async (cell) => withoutTest(await trainCell(program, cell)),
        onCell: (c) => progress.step(`${c.problem} ${c.estimator} ${c.options} key ${c.key}`),
      })
      rows.push(...done.rows)
      left += done.left
      earlierSeconds += done.earlierSeconds
      const errors = done.rows.map((r) => (r.failure === null ? r.validation : null))
      return done.left > 0 || errors.includes(null) ? Infinity : mean(errors.map(Number))
    }
    for (const estimator of settings.estimators) {
      for (const own of options) {
        if (left > 0) continue
        await searchBest(
          beyond(first, (place) => place >= -14 && place <= 4),
          inTurn(async (candidate: number) => {
            if (!first.includes(candidate)) progress.more(settings.keys.length)
            return { candidate, error: await errorAt(estimator, own, rateAt(candidate)) }
          }),
        )
      }
    }
    return { result: { rows, left }, samples: {}, earlierSeconds }
  },
  tables: (run) => [searchTable(run)],
  figures: () => [],
  pages: (run) => [{ page: familyOf(run.settings), run }],
})
