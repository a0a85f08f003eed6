import { join } from 'node:path'
import { mexicanHat } from '@spikeward/problems/regression'
import { withSpread } from '../accuracy/withSpread.js'
import { backendNames, openBackend } from '../backends.js'
import { showProgress } from '../progress.js'
import { lines } from '../report/figure.js'
import { digits } from '../report/formatNumbers.js'
import { defineBenchmark } from '../run/benchmark.js'
import { sourceText } from '../run/run.js'
import { contenderNames } from '../tuned/contenders.js'
import type { Contender } from '../tuned/contenders.js'
import { openTrials } from '../tuned/search/openTrials.js'
import { over } from '../tuned/rows.js'
import type { TunedRow } from '../tuned/rows.js'
import { searchAndTest, trainingsOf } from '../tuned/search/searchAndTest.js'
import type { Training } from '../tuned/search/searchAndTest.js'
import { MIN_RATES } from '../tuned/search/searchRates.js'
import { trainingOn } from '../tuned/trainingOn.js'
import type { TrainingSettings } from '../tuned/trainTuned.js'
import { count, counts, declared, keys, oneOf, someOf } from '../argumentParsers.js'
import { powerLaw } from './powerLaw.js'

/** The axes that a run can vary: the width of the layers, their number, T, or the random directions of a step. */
const axes = ['parameters', 'depth', 'time', 'directions'] as const
type Axis = (typeof axes)[number]

type Settings = {
  readonly axis: Axis
  /** Width, number of layers, T or K. */
  readonly values: readonly number[]
  readonly estimators: readonly Contender[]
  readonly width: number
  readonly layers: number
  readonly steps: number
  readonly time: number
  readonly batch: number
  readonly s: number
  readonly keys: readonly number[]
  readonly searchKeys: readonly number[]
  readonly rates: number
  readonly backend: string
  readonly threads: number
}

type Row = TunedRow & {
  readonly value: number
  readonly parameters: number
}

type Result = { readonly rows: readonly Row[] }

/** The training at a value of the axis, without its rate and key. */
function trainingAt(
  settings: Settings,
  estimator: Contender,
  value: number,
): Omit<TrainingSettings, 'learningRate' | 'networkKey'> {
  const { axis, width, layers, steps, time, batch } = settings
  const hidden = Array.from({ length: axis === 'depth' ? value : layers }, () =>
    axis === 'parameters' ? value : width,
  )
  return {
    ...{ hidden, estimator, steps, batch, beta: 1 },
    time: axis === 'time' ? value : time,
    ...(axis === 'directions' ? { directions: value } : {}),
  }
}

/** Weights and biases of a network from points of two coordinates to a number. */
const parametersOf = (hidden: readonly number[]): number =>
  [2, ...hidden].reduce((sum, n, l) => sum + (n + 1) * (hidden[l] ?? 1), 0)

/** The abscissa of a point in the figure and the fit. */
const placeOf = (axis: Axis, row: Row): number => (axis === 'parameters' ? row.parameters : row.value)

const heads: Readonly<Record<Axis, string>> = {
  parameters: 'parameters',
  depth: 'hidden layers',
  time: 'T',
  directions: 'K',
}

/** Mean errors of an estimator along the axis. */
const pointsOf = (axis: Axis, rows: readonly Row[], estimator: Contender) =>
  rows.flatMap((row) => {
    const error = row.estimator === estimator ? over(row, (t) => t.relativeL2) : null
    return error === null ? [] : [{ x: placeOf(axis, row), y: error.mean }]
  })

/** `laws`: errors along one axis of size, each at the best rate of its own search, and the power law that fits them. */
export const laws = defineBenchmark<Settings, Result>({
  name: 'laws',
  folder: 'estimators',
  about: 'error against parameters, depth, T or directions, with fitted power laws; continues an interrupted run',
  options: (command) =>
    command
      .option('--axis <name>', 'the axis that varies', oneOf(...axes), 'parameters')
      .option('--values <list>', 'widths, numbers of layers, T or K', counts, [8, 16, 32, 64, 128])
      .option('--estimators <names>', 'estimators', someOf(...contenderNames), ['bp', 'rateBackpropagation', 'rfg'])
      .option('--width <n>', 'neurons of a hidden layer', count, 64)
      .option('--layers <n>', 'hidden layers', count, 2)
      .option('--steps <n>', 'steps of every training', count, 300)
      .option('--time <steps>', 'time steps', count, 32)
      .option('--batch <n>', 'points per step', count, 256)
      .option('--s <width>', ...declared(mexicanHat, 's'), 0.4)
      .option('--keys <list>', 'keys of the tests', keys, [401, 402, 403, 404, 405])
      .option('--search-keys <list>', 'keys of the search, distinct from those of the tests', keys, [491])
      .option('--rates <n>', 'least number of rates that a search tries', count, MIN_RATES)
      .option('--backend <name>', 'backend', oneOf(...backendNames), 'native')
      .option('--threads <n>', 'threads', count, 1),
  quick: { values: [2, 4, 8], estimators: ['bp'], steps: 5, keys: [401], time: 8, batch: 32 },
  async measure(settings, { io, out }) {
    const { values, estimators, rates, searchKeys, keys: testKeys } = settings
    const experiment = {
      ...{ source: sourceText(), problem: 'mexican-hat', options: { s: settings.s } },
      ...{ backend: settings.backend, threads: settings.threads },
    }
    const trials = await openTrials(out === null ? null : join(out.folder, `${out.name}.trials.jsonl`), experiment)
    const progress = showProgress(io, values.length * estimators.length * trainingsOf({ rates, searchKeys, testKeys }))
    await using backend = await openBackend(settings.backend, settings.threads)
    const training = trainingOn(experiment.problem, experiment.options)
    const run: Training = async (one, purpose) => {
      const outcome = await trials.run(one, purpose, () => training(one, backend, purpose))
      progress.step(`${one.estimator} ${one.hidden.join('-')} T = ${one.time} rate ${one.learningRate}`)
      return outcome
    }
    const rows: Row[] = []
    for (const value of values) {
      for (const estimator of estimators) {
        const base = trainingAt(settings, estimator, value)
        const found = await searchAndTest(base, { rates, searchKeys, testKeys }, run, progress.more)
        rows.push({ value, parameters: parametersOf(base.hidden), hidden: base.hidden, estimator, ...found })
      }
    }
    progress.stop()
    return { result: { rows }, samples: {}, earlierSeconds: trials.earlierSeconds() }
  },
  tables: ({ settings, rows }) => [
    {
      title:
        `Error against ${heads[settings.axis]}: mexican-hat, s = ${settings.s}, ${settings.steps} steps, batch ${settings.batch}` +
        `${settings.axis === 'time' ? '' : `, T = ${settings.time}`}; relative L2 on the test points, mean and spread over keys ${settings.keys.join(', ')}`,
      head: [heads[settings.axis], 'widths', 'estimator', 'test', 'untrained, ridge', 'rate'],
      rows: rows.map((row) => [
        String(placeOf(settings.axis, row)),
        row.hidden.join(', '),
        row.estimator,
        withSpread(over(row, (t) => t.relativeL2)),
        withSpread(over(row, (t) => t.baselineRidge)),
        row.search.best === null
          ? 'all rates diverge'
          : `${row.search.best}${row.search.interior ? '' : ' (edge of the search)'}`,
      ]),
      note:
        `Each search tries at least ${settings.rates} rates half a decade apart from 1e-4 upwards, and continues beyond an end while the best rate is there; ` +
        `it minimises the validation error over keys ${settings.searchKeys.join(', ')}.`,
    },
    {
      title: `Fitted laws: relative L2 = a · x^b, x the ${settings.axis === 'parameters' ? 'number of parameters' : heads[settings.axis]}`,
      head: ['estimator', 'a', 'b', 'r²', 'points'],
      rows: settings.estimators.map((estimator) => {
        const points = pointsOf(settings.axis, rows, estimator)
        const law = powerLaw(points)
        return [estimator, digits(law?.a), digits(law?.b), digits(law?.r2), String(points.length)]
      }),
      note: 'Least squares of the logarithms of the mean errors. r² is the share of their variance that the law explains.',
    },
  ],
  headline({ settings: { axis, estimators, steps, keys: tested }, rows }) {
    const [estimator = 'bp'] = estimators
    const points = pointsOf(axis, rows, estimator)
    const [first, last] = [points[0], points.at(-1)]
    return [
      `In ${steps} steps the error of \`${estimator}\` goes as ${heads[axis]} to the power ${digits(powerLaw(points)?.b)}: from ${digits(first?.y)} at ${first?.x} ` +
        `to ${digits(last?.y)} at ${last?.x} (mexican-hat, mean of ${tested.length} keys).`,
    ]
  },
  figures: ({ settings, rows }) => [
    lines(
      `Relative L2 error against ${heads[settings.axis]}`,
      settings.estimators.flatMap((estimator) =>
        pointsOf(settings.axis, rows, estimator).map((point) => ({ ...point, line: estimator })),
      ),
      { title: heads[settings.axis], log: true },
      { title: 'relative L2', log: true },
    ),
  ],
})
