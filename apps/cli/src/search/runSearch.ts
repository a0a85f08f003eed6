/** Searches settings on the validation data, and measures the winner on the test data once for each key. */
import { key as keyOf, uniform } from '@spikeward/core'
import type { Scheduler } from '@spikeward/distributed'
import { meanOf, spreadOf } from '../comparison/meanOf.js'
import { calibrate } from '../comparison/trial.js'
import type { Clock, Measure, Trial } from '../comparison/trial.js'
import type { Trials } from '../comparison/compareTrials.js'
import { configOf } from '../config/configOf.js'
import type { TrainConfig } from '../config/trainConfig.js'
import type { TrainOptions } from '../config/trainOptions.js'
import type { Io } from '../io/io.js'
import { usageError } from '../usage/usageError.js'
import { isInterior } from './dimension.js'
import type { Dimension, Point } from './dimension.js'
import { optionsAt, pointOf } from './searchPoints.js'
import { bestOf, parzenPoint, randomPoint, rungsOf } from './strategies.js'
import type { Tried, Uniforms } from './strategies.js'

/** The strategies of a search. */
export const strategies = ['random', 'halving', 'bayesian'] as const
export type Strategy = (typeof strategies)[number]

/** The settings of a search. */
export type SearchSettings = {
  readonly problem: string
  readonly strategy: Strategy
  /** Settings that are tried; with `halving` those of the first rung. */
  readonly trials: number
  /** Settings that `bayesian` chooses at the same time. */
  readonly proposals: number
  /** Of `halving`: the share of settings that go on is 1/eta. */
  readonly eta: number
  readonly space: readonly Dimension[]
  /** The first key of the runs on the test data, and their number. */
  readonly key: number
  readonly keys: number
  readonly common: TrainOptions
}

/** Settings that were tried. */
export type SearchTrial = Tried & {
  /** Its number in the search. */
  readonly trial: number
  /** The share of the budget that it took. */
  readonly share: number
  /** Error on the validation data; null if the run failed. */
  readonly validation: number | null
  readonly failure: string | null
  readonly steps: number
  readonly seconds: number
  /** For every dimension whether the value is away from the ends of its range. */
  readonly interior: Readonly<Record<string, boolean>>
}

/** The result of a search. */
export type Searched = {
  readonly trials: readonly SearchTrial[]
  readonly winner: SearchTrial
  /** The winner's settings. */
  readonly config: TrainConfig
  /** The winner on the test data, with other keys than the search. */
  readonly tests: readonly Trial[]
  readonly mean: number | null
  readonly spread: number | null
  readonly baselineRidge: number | null
}

/** The key of all trials, which no run of the winner uses. */
const SEARCH_KEY = 0xffff_ffff

/** Random settings with which a Bayesian search begins: a quarter of all, at most ten. */
const beginOf = (trials: number): number => Math.max(2, Math.min(10, Math.ceil(trials / 4)))

/** Uniform numbers of a trial from the key of the search. */
const uniformsOf =
  (key: number): Uniforms =>
  async (i, count) =>
    Array.from(await uniform(keyOf(key).fold(i), [count], { dtype: 'f64' }).data(), Number)

/** The approximate number of runs. */
export const runCount = ({ strategy, trials, eta, keys }: SearchSettings): number =>
  keys + (strategy === 'halving' ? rungsOf(trials, eta).reduce((sum, { keep }) => sum + keep, 0) : trials)

/**
 * Tries settings and measures the winner; null if some trials belong to another process of the scheduler.
 *
 * @param rows runs the trials of a wave, which wait for `trials`
 */
export async function search(
  settings: SearchSettings,
  trials: Trials,
  rows: Scheduler,
  io: Io,
): Promise<Searched | null> {
  const { problem, space, common, strategy } = settings
  const silent = { err: () => undefined }
  const uniforms = uniformsOf(settings.key)
  const configAt = async (point: Point, key: number): Promise<TrainConfig> => ({
    ...(await configOf(problem, optionsAt(common, point), silent)),
    key,
    checkpointEvery: 1,
  })
  const measured = async (what: string, config: TrainConfig, share: number, measure: Measure): Promise<Trial> => {
    if (config.seconds === null) {
      const own = { ...config, steps: Math.max(1, Math.round(config.steps * share)) }
      return trials.run(what, { ...own }, measure, own)
    }
    // The planned steps depend on the load of the machine, so a stored trial is identified by its budget.
    const seconds = config.seconds * share
    const request = { ...config, steps: 1, seconds }
    const input = { config, seconds }
    const paced = await trials.keep(what, { pace: request }, { task: 'pace', input }, () =>
      calibrate(config, seconds, io),
    )
    const clock: Clock = { seconds, pace: paced.pace }
    return trials.run(what, request, measure, config, clock)
  }
  const tried: SearchTrial[] = []
  /** Runs a wave of settings; false if another process runs some of them. */
  const wave = async (points: readonly Point[], share: number): Promise<boolean> => {
    const first = tried.length
    const jobs = points.map((point, i) => ({
      id: JSON.stringify([first + i, share, point]),
      run: async (): Promise<SearchTrial> => {
        const config = await configAt(point, SEARCH_KEY)
        const found = await measured(`trial ${first + i + 1}, ${textOf(point)}`, config, share, 'validation')
        const { validation, failure, steps, seconds } = found
        const interior = Object.fromEntries(space.map((d) => [d.name, isInterior(d, point[d.name]!)]))
        const error = failure === null && validation !== null ? validation : Infinity
        return { trial: first + i + 1, point, share, error, validation, failure, steps, seconds, interior }
      },
    }))
    const found = await rows.run(jobs)
    tried.push(...found.filter((trial) => trial !== null))
    return found.every((trial) => trial !== null)
  }
  const usual = pointOf(space, await configOf(problem, common, silent))
  const randomly = async (from: number, to: number): Promise<Point[]> => {
    const points: Point[] = from === 0 && usual !== null ? [usual] : []
    for (let i = from + points.length; i < to; i++) points.push(await randomPoint(space, i, uniforms))
    return points
  }

  if (strategy === 'halving') {
    let alive: readonly Point[] = await randomly(0, settings.trials)
    for (const { keep, share } of rungsOf(settings.trials, settings.eta)) {
      const before = tried.length
      alive = alive.slice(0, keep)
      if (!(await wave(alive, share))) return null
      alive = bestOf(tried.slice(before), Infinity).map(({ point }) => point)
    }
  } else {
    const begin = strategy === 'random' ? settings.trials : Math.min(settings.trials, beginOf(settings.trials))
    if (!(await wave(await randomly(0, begin), 1))) return null
    while (tried.length < settings.trials) {
      const count = Math.min(settings.proposals, settings.trials - tried.length)
      const next = Array.from({ length: count }, (_, i) => parzenPoint(space, tried, tried.length + i, uniforms))
      if (!(await wave(await Promise.all(next), 1))) return null
    }
  }

  const whole = tried.filter(({ share }) => share === 1)
  const [winner] = bestOf(whole, 1)
  if (winner === undefined || winner.error === Infinity) {
    const failure = winner?.failure ?? 'no run ended'
    throw usageError('CLI_USAGE', `no settings of the search trained: ${failure}; search other ranges with --over`)
  }
  const keys = Array.from({ length: settings.keys }, (_, i) => settings.key + i)
  const tests = await rows.run(
    keys.map((key) => ({
      id: `test ${key}`,
      run: async () => measured(`winner with key ${key}`, await configAt(winner.point, key), 1, 'test'),
    })),
  )
  const done = tests.filter((trial) => trial !== null)
  if (done.length < tests.length) return null
  return {
    trials: tried,
    winner,
    config: await configAt(winner.point, settings.key),
    tests: done,
    mean: meanOf(done.map(({ relativeL2 }) => relativeL2)),
    spread: spreadOf(done.map(({ relativeL2 }) => relativeL2)),
    baselineRidge: meanOf(done.map(({ baselineRidge }) => baselineRidge)),
  }
}

/** Settings in a few words. */
export const textOf = (point: Point): string =>
  Object.entries(point)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ')
