/** Searches settings on the validation data, and measures the winner on the test data once for each key. */
import { key as keyOf, uniform } from '@spikeward/core'
import type { Scheduler } from '@spikeward/distributed'
import type { Baselines } from '../baselines/baselines.js'
import { meanBaselines } from '../comparison/compareBaselines.js'
import { meanOf, meanSpread, shown, spreadOf, table } from '../io/texts.js'
import { type Measure, SEARCH_KEY, type Trial, calibrate } from '../comparison/trial.js'
import type { Trials } from '../node/comparison/compareTrials.js'
import { configOf } from '../config/configOf.js'
import type { TrainConfig, TrainOptions } from '../config/trainConfig.js'
import type { Io } from '../io/io.js'
import { dashed, usageError } from '../usage/usageError.js'
import { type Tried, searchBest } from './searchBest.js'
import { type Dimension, type Point, type Uniforms, bayesian, bestOf, isInterior } from './strategies.js'
import { optionsAt, pointOf } from './searchSpace.js'

/** The settings of a search. */
export type SearchSettings = {
  readonly problem: string
  readonly trials: number
  /** Settings that are chosen at the same time. */
  readonly proposals: number
  readonly space: readonly Dimension[]
  /** The first key of the runs on the test data, and their number. */
  readonly key: number
  readonly keys: number
  readonly common: TrainOptions
}

export type SearchTrial = {
  /** From 1, which is the run without a search: its point is empty if the space does not contain it. */
  readonly trial: number
  readonly point: Point
  /** That of validation; Infinity if the run failed. */
  readonly error: number
  readonly validation: number | null
  readonly failure: string | null
  readonly steps: number
  readonly seconds: number
  /** Whether the value of each dimension is away from the ends of its range. */
  readonly interior: Readonly<Record<string, boolean>>
}

export type Searched = {
  readonly trials: readonly SearchTrial[]
  readonly winner: SearchTrial
  readonly config: TrainConfig
  /** The winner on the test data, with other keys than the search. */
  readonly tests: readonly Trial[]
  readonly mean: number | null
  readonly spread: number | null
  /** Means over the tests. */
  readonly baselines: Baselines
}

type TriedTrial = Tried<Point> & { readonly trial: SearchTrial }

type Wanted = { readonly id: string; readonly what: string; readonly config: TrainConfig }

const uniformsOf =
  (key: number): Uniforms =>
  async (i, count) =>
    Array.from(await uniform(keyOf(key).fold(i), [count], { dtype: 'f64' }).data(), Number)

/** The number of runs. */
export const searchRunCount = ({ trials, keys }: SearchSettings): number => keys + trials

/**
 * Tries settings and measures the winner. The first trial is the run without a search, so that no search ends with a
 * worse validation error; the next are random, and each further one is proposed by a tree of Parzen estimators.
 *
 * @param rows runs the trials of a wave, which wait for `trials`
 */
export async function search(settings: SearchSettings, trials: Trials, rows: Scheduler, io: Io): Promise<Searched> {
  const { problem, space, common } = settings
  const silent = { err: () => undefined }
  const uniforms = uniformsOf(settings.key)
  const configAt = async (point: Point, key: number): Promise<TrainConfig> => ({
    ...(await configOf(problem, optionsAt(common, point), silent)),
    key,
    checkpointEvery: 1,
  })
  const measured = async (what: string, config: TrainConfig, measure: Measure): Promise<Trial> => {
    const { seconds } = config
    if (seconds === null) return trials.run(what, config, measure, config)
    // The planned steps of a budget of time depend on the load of the machine, so a stored trial is identified by its
    // budget.
    const request = { ...config, steps: 1 }
    const { pace } = await trials.keep(what, { pace: request }, { task: 'pace', input: { config, seconds } }, () =>
      calibrate(config, seconds, io),
    )
    return trials.run(what, request, measure, config, { seconds, pace })
  }
  const all = async (wanted: readonly Promise<Wanted>[], measure: Measure): Promise<readonly Trial[]> => {
    const jobs = (await Promise.all(wanted)).map(({ id, what, config }) => ({
      id,
      run: () => measured(what, config, measure),
    }))
    return (await rows.run(jobs)).filter((trial) => trial !== null)
  }
  const wave = async (points: readonly Point[], before: readonly unknown[]): Promise<readonly TriedTrial[]> => {
    const first = before.length
    const wanted = points.map(async (point, i) => ({
      id: JSON.stringify([first + i, point]),
      what: `trial ${first + i + 1}, ${textOf(point)}`,
      config: await configAt(point, SEARCH_KEY),
    }))
    return (await all(wanted, 'validation')).map(({ validation, failure, steps, seconds }, i) => {
      const point = points[i]!
      const interior = Object.fromEntries(
        space.flatMap((d) => (point[d.name] === undefined ? [] : [[d.name, isInterior(d, point[d.name]!)]])),
      )
      const error = failure === null && validation !== null ? validation : Infinity
      const trial = { trial: first + i + 1, point, error, validation, failure, steps, seconds, interior }
      return { candidate: point, error, trial }
    })
  }
  const current = pointOf(space, await configOf(problem, common, silent)) ?? {}
  const result = await searchBest(bayesian(space, current, settings.trials, settings.proposals, uniforms), wave)
  const tried = result.tried.map(({ trial }) => trial)
  const winner = result.best?.trial
  if (winner === undefined) {
    const failure = tried[0]?.failure ?? 'no run ended'
    throw usageError('CLI_USAGE', `no settings of the search trained: ${failure}; search other ranges with --over`)
  }
  const keys = Array.from({ length: settings.keys }, (_, i) => settings.key + i)
  const wanted = keys.map(async (key) => ({
    id: `test ${key}`,
    what: `winner with key ${key}`,
    config: await configAt(winner.point, key),
  }))
  const tests = await all(wanted, 'test')
  return {
    trials: tried,
    winner,
    config: await configAt(winner.point, settings.key),
    tests,
    mean: meanOf(tests.map(({ relativeL2 }) => relativeL2)),
    spread: spreadOf(tests.map(({ relativeL2 }) => relativeL2)),
    baselines: meanBaselines(tests),
  }
}

export const textOf = (point: Point): string =>
  Object.entries(point)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ') || 'those without a search'

const SHOWN = 10

export const flagsOf = ({ point }: Pick<SearchTrial, 'point'>): string =>
  Object.entries(point)
    .map(([name, value]) =>
      typeof value === 'boolean' ? `--${value ? '' : 'no-'}${dashed(name)}` : `--${dashed(name)} ${String(value)}`,
    )
    .join(' ')

const edgesOf = ({ winner }: Searched): readonly string[] =>
  Object.entries(winner.interior).flatMap(([name, interior]) => (interior ? [] : [dashed(name)]))

const secondsOf = (trials: readonly SearchTrial[]): number => trials.reduce((sum, { seconds }) => sum + seconds, 0)

/** A search as a page in Markdown. */
export function searchReport(settings: SearchSettings, search: Searched): string {
  const { problem, space, keys, key } = settings
  const { trials, winner, mean, spread, tests, config } = search
  const { untrained } = search.baselines
  const [usual] = trials
  const failed = trials.filter(({ failure }) => failure !== null).length
  const edges = edgesOf(search)
  const rows = bestOf(trials, SHOWN).map((t) => [
    String(t.trial),
    shown(t.validation),
    ...space.map(
      ({ name }) => `${String(t.point[name] ?? 'as without a search')}${t.interior[name] === false ? ' (edge)' : ''}`,
    ),
  ])
  return [
    `# Search for settings of ${problem}\n\n`,
    `${trials.length} trials by a Parzen estimator, ${failed} failed, ${secondsOf(trials).toFixed(1)} s of training, on the validation data, with one key of their own.\n\n`,
    table(['trial', 'validation error', ...space.map(({ name }) => dashed(name))], rows),
    `\nThe run without a search, trial 1: ${shown(usual?.validation ?? null)}. Estimator ${config.estimator}, network ${config.network}, ${config.steps} steps.\n`,
    `\nBest settings: ${textOf(winner.point)}\n\n    ${flagsOf(winner)}\n\n`,
    `Error on the test data, ${keys === 1 ? `key ${key}` : `keys ${key} to ${key + keys - 1}`}: ${meanSpread(mean, spread)}; untrained with a ridge readout: ${shown(untrained)}.\n`,
    ...(tests.some(({ failure }) => failure !== null)
      ? ['Some of these runs failed; the mean leaves them out.\n']
      : []),
    ...(untrained !== null && mean !== null && mean >= untrained
      ? [
          'No better than the untrained network: a solved readout on its untrained hidden layers does as well or better. ' +
            'Search with more --steps, over other settings, or with another --estimator.\n',
        ]
      : []),
    ...(edges.length === 0
      ? []
      : [`The best value of ${edges.join(', ')} is at the edge of its range; search a wider one.\n`]),
  ].join('')
}
