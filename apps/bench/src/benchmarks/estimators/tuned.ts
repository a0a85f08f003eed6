import { join } from 'node:path'
import { leakyIntegrateAndFire } from '@spikeward/neurons'
import { mexicanHat } from '@spikeward/problems/regression'
import { withSpread } from '../../accuracy/withSpread.js'
import { backendNames, openBackend } from '../../backends.js'
import type { Options } from '../../catalogue.js'
import { showProgress } from '../../progress.js'
import type { Progress } from '../../progress.js'
import { lines } from '../../report/figure.js'
import { digits } from '../../report/formatNumbers.js'
import type { Table } from '../../report/tableMarkdown.js'
import { defineBenchmark } from '../../run/benchmark.js'
import { sourceText } from '../../run/run.js'
import type { Run } from '../../run/run.js'
import { contenderNames } from '../../tuned/contenders.js'
import type { Contender } from '../../tuned/contenders.js'
import { meanCosines, over, relativeToBp } from '../../tuned/rows.js'
import type { TestTrial, TunedRow } from '../../tuned/rows.js'
import { searchAndTest, trainingsOf } from '../../tuned/search/searchAndTest.js'
import type { Training } from '../../tuned/search/searchAndTest.js'
import { MIN_RATES } from '../../tuned/search/searchRates.js'
import { isOperator } from '../../operatorProblems.js'
import type { TrainingSettings } from '../../tuned/trainTuned.js'
import { problemNames, problemOptions, trainingOn } from '../../tuned/trainingOn.js'
import { openTrials } from '../../tuned/search/openTrials.js'
import type { Trials } from '../../tuned/search/openTrials.js'
import { count, counts, declared, keys, oneOf, positive, someOf } from '../../argumentParsers.js'

/** The width of a problem that has one, such as the Mexican hat; the sizes of an operator. */
const ownOptions = ({ problem, s }: Pick<Settings, 'problem' | 's'>): Options => problemOptions(problem, { s })

/** The error of a row. */
const errorShown = (problem: string): string =>
  isOperator(problem) ? 'mean relative L2 of the test functions' : 'relative L2 on the test points'

type Kind = Pick<TrainingSettings, 'residual' | 'standardiseWeights' | 'attachedReset'>

type Settings = Kind & {
  readonly problem: string
  readonly s: number
  readonly hidden: readonly (readonly number[])[]
  readonly estimators: readonly Contender[]
  readonly steps: number
  readonly time: number
  readonly batch: number
  readonly beta: number
  /** Seconds of processor time of every training, in place of steps. */
  readonly seconds?: number
  readonly keys: readonly number[]
  readonly searchKeys: readonly number[]
  readonly rates: number
  readonly backend: string
  readonly threads: number
}

type Result = { readonly rows: readonly TunedRow[] }

/** The page of a run: of networks of several depths, or of one depth above or up to three layers. */
function pageOf({ rows }: Result): string {
  const [layers = 0, ...others] = new Set(rows.map(({ hidden }) => hidden.length))
  if (others.length > 0) return 'tuned/depths'
  return layers > 3 ? 'tuned/deep' : 'tuned/shallow'
}

/** Parses networks such as `64,64;64,64,64`. */
const networks = (text: string): readonly (readonly number[])[] => text.split(';').map(counts)

/** The options of the layers that are on. */
const kindOf = ({ residual, standardiseWeights, attachedReset }: Kind): Kind => ({
  ...(residual === true ? { residual } : {}),
  ...(standardiseWeights === true ? { standardiseWeights } : {}),
  ...(attachedReset === true ? { attachedReset } : {}),
})

async function rowOf(
  { steps, seconds, time, batch, beta, keys: testKeys, searchKeys, rates, ...layers }: Settings,
  hidden: readonly number[],
  estimator: Contender,
  run: Training,
  onMore: (trainings: number) => void,
): Promise<TunedRow> {
  const kind = {
    ...(seconds === undefined ? {} : { seconds }),
    ...kindOf(layers),
  }
  const base = { hidden, estimator, steps, time, batch, beta, ...kind }
  return { hidden, estimator, ...(await searchAndTest(base, { rates, searchKeys, testKeys }, run, onMore)) }
}

const cosinesShown = (row: TunedRow, when: 'before' | 'after'): string =>
  meanCosines(row, when)
    ?.map((c) => c.toFixed(2))
    .join(' ') ?? '–'

/** The kind of layers of the networks, if they are not plain. */
const kindShown = ({ residual, standardiseWeights, attachedReset }: Kind): string =>
  `${residual === true ? ', residual layers' : ''}${standardiseWeights === true ? ', standardised weights' : ''}${attachedReset === true ? ', derivatives through the reset' : ''}`

/** The length of every training. */
const lengthShown = ({ steps, seconds }: Settings): string =>
  seconds === undefined ? `${steps} steps` : `${seconds} s of processor time`

function table({ settings, rows }: Run<Settings, Result>): Table {
  const own = Object.entries(ownOptions(settings))
    .map(([name, value]) => `, ${name} = ${String(value)}`)
    .join('')
  return {
    title:
      `${settings.seconds === undefined ? 'Equal steps' : 'Equal processor time'}, each estimator at the best rate of its own search: ` +
      `${settings.problem}${own}, ${lengthShown(settings)}, T = ${settings.time}, ` +
      `batch ${settings.batch}, β = ${settings.beta}${kindShown(settings)}; ${errorShown(settings.problem)}, mean and spread over keys ${settings.keys.join(', ')}`,
    head: [
      'hidden layers',
      'estimator',
      'test',
      'test ÷ bp',
      'untrained, ridge',
      'rate',
      'cosine to bp by layer, before',
      'after training',
      ...(settings.seconds === undefined ? [] : ['steps', 'processor seconds']),
    ],
    rows: rows.map((row) => [
      row.hidden.join(', '),
      row.estimator,
      withSpread(over(row, (t) => t.relativeL2)),
      digits(relativeToBp(row, rows)),
      withSpread(over(row, (t) => t.baselineRidge)),
      row.search.best === null
        ? 'all rates diverge'
        : `${row.search.best}${row.search.interior ? '' : ' (edge of the search)'}`,
      cosinesShown(row, 'before'),
      cosinesShown(row, 'after'),
      ...(settings.seconds === undefined
        ? []
        : [digits(over(row, (t) => t.steps ?? null)?.mean), withSpread(over(row, (t) => t.processorSeconds ?? null))]),
    ]),
    note:
      `Each search tries at least ${settings.rates} rates half a decade apart from 1e-4 upwards, at full length, and continues beyond an end while the best rate is there;  ` +
      `it minimises the mean validation error over keys ${settings.searchKeys.join(', ')}.`,
  }
}

async function measureAll(settings: Settings, trials: Trials, progress: Progress): Promise<Result> {
  await using backend = await openBackend(settings.backend, settings.threads)
  const training = trainingOn(settings.problem, ownOptions(settings))
  const run: Training = async (one, purpose) => {
    const outcome = await trials.run(one, purpose, () => training(one, backend, purpose))
    const error = purpose === 'search' ? outcome.validation : outcome.relativeL2
    progress.step(
      `${one.estimator} ${one.hidden.join('-')} rate ${one.learningRate} key ${one.networkKey}: ${error?.toFixed(4) ?? 'diverged'}, ${outcome.seconds.toFixed(1)} s`,
    )
    return outcome
  }
  const rows: TunedRow[] = []
  for (const hidden of settings.hidden) {
    for (const estimator of settings.estimators) rows.push(await rowOf(settings, hidden, estimator, run, progress.more))
  }
  return { rows }
}

/**
 * `tuned`: estimators at an equal number of steps, each at the best learning rate of its own search, tested with fresh
 * keys.
 */
export const tuned = defineBenchmark<Settings, Result>({
  name: 'tuned',
  folder: 'estimators',
  about: 'estimators at equal steps, each at the best rate of its own search; continues an interrupted run',
  options: (command) =>
    command
      .option('--problem <name>', 'a function of points, or an operator', oneOf(...problemNames), 'mexican-hat')
      .option('--s <width>', ...declared(mexicanHat, 's'), 0.4)
      .option(
        '--hidden <networks>',
        'hidden layers of networks, such as 64,64;64,64,64; of an operator, those of its branch',
        networks,
        [[64, 64, 64]],
      )
      .option('--estimators <names>', 'estimators', someOf(...contenderNames), [
        'bp',
        'rateBackpropagation',
        'rateBackpropagation/weightMirror',
      ])
      .option('--steps <n>', 'steps of every training', count, 300)
      .option(
        '--seconds <s>',
        'approximate processor time of every training; the number of steps follows from the speed of a run of --steps',
        positive,
      )
      .option('--time <steps>', 'time steps', count, 32)
      .option('--batch <n>', 'points per step, or functions of an operator', count, 256)
      .option('--beta <b>', ...declared(leakyIntegrateAndFire, 'beta'), 1)
      .option('--residual', 'add the current of each hidden layer to that of the next')
      .option('--standardise-weights', 'standardise the weights into each neuron above the first layer')
      .option('--attached-reset', 'let derivatives pass the reset')
      .option('--keys <list>', 'keys of the tests', keys, [401, 402, 403, 404, 405, 406, 407, 408, 409, 410])
      .option('--search-keys <list>', 'keys of the search, distinct from those of the tests', keys, [491, 492])
      .option('--rates <n>', 'least number of rates that a search tries', count, MIN_RATES)
      .option('--backend <name>', 'backend', oneOf(...backendNames), 'native')
      .option('--threads <n>', 'threads', count, 1),
  quick: { hidden: [[8, 8]], steps: 5, keys: [401, 402], searchKeys: [491], time: 8, batch: 32 },
  async measure(settings, { io, out }) {
    const { problem, backend, threads } = settings
    const trials = await openTrials(out === null ? null : join(out.folder, `${out.name}.trials.jsonl`), {
      ...{ source: sourceText(), problem, options: ownOptions(settings), backend, threads },
    })
    const { hidden, estimators, rates, searchKeys, keys: testKeys } = settings
    const each = trainingsOf({ rates, searchKeys, testKeys })
    const progress = showProgress(io, hidden.length * estimators.length * each)
    const result = await measureAll(settings, trials, progress)
    progress.stop()
    return { result, samples: {}, earlierSeconds: trials.earlierSeconds() }
  },
  tables: (run) => [table(run)],
  pages: (run) => [{ page: pageOf(run), run }],
  headline({ settings, rows }) {
    const [hidden = []] = settings.hidden
    const own = rows.filter((row) => String(row.hidden) === String(hidden))
    const shown = (estimator: Contender, of: (test: TestTrial) => number | null): string => {
      const row = own.find((r) => r.estimator === estimator)
      return digits(row === undefined ? null : over(row, of)?.mean)
    }
    const errorOf = (estimator: Contender): string => shown(estimator, (t) => t.relativeL2)
    const ridge = shown('bp', (t) => t.baselineRidge)
    return [
      `On ${settings.problem}, hidden layers of ${hidden.join(', ')} neurons reach a relative L2 error of ${errorOf('rateBackpropagation')} with rateBackpropagation and ${errorOf('bp')} with back-propagation.`,
      `With feedback weights that it learns, rateBackpropagation reaches ${errorOf('rateBackpropagation/weightMirror')}; the untrained network with a solved readout has ${ridge} ` +
        `(${settings.steps} steps, mean of ${settings.keys.length} keys).`,
    ]
  },
  figures: ({ rows }) => [
    lines(
      'Relative L2 error against depth',
      rows.flatMap((row) => {
        const error = over(row, (t) => t.relativeL2)
        return error === null ? [] : [{ x: row.hidden.length, y: error.mean, line: row.estimator }]
      }),
      { title: 'hidden layers', log: false },
      { title: 'relative L2', log: true },
    ),
  ],
})
