/** Searches settings on the validation data, and measures the winner on the test data once for each key. */
import { key as keyOf, uniform } from '@spikeward/core'
import type { Scheduler } from '@spikeward/distributed'
import { meanOf, spreadOf } from '../comparison/tableCells.js'
import { calibrate } from '../comparison/trial.js'
import type { Clock, Measure, Trial } from '../comparison/trial.js'
import type { Trials } from '../node/comparison/compareTrials.js'
import { configOf } from '../config/configOf.js'
import type { TrainConfig, TrainOptions } from '../config/trainConfig.js'
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
  /** For `halving`: 1/eta of the settings advance to the next rung. */
  readonly eta: number
  readonly space: readonly Dimension[]
  /** The first key of the runs on the test data, and their number. */
  readonly key: number
  readonly keys: number
  readonly common: TrainOptions
}

export type SearchTrial = Tried & {
  readonly trial: number
  /** The share of the budget that it took. */
  readonly share: number
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
  readonly baselineRidge: number | null
}

/** The trials for which a process stopped, because other processes have not stored them yet. */
export type Awaited = {
  /** The part of the search whose trials are missing, in words. */
  readonly part: string
  readonly missing: number
}

const SEARCH_KEY = 0xffff_ffff

type Wanted = { readonly id: string; readonly what: string; readonly config: TrainConfig }

type Some = readonly Trial[] | Awaited

/** The number of random settings with which a Bayesian search begins: a quarter of all, at most ten. */
const beginOf = (trials: number): number => Math.max(2, Math.min(10, Math.ceil(trials / 4)))

const uniformsOf =
  (key: number): Uniforms =>
  async (i, count) =>
    Array.from(await uniform(keyOf(key).fold(i), [count], { dtype: 'f64' }).data(), Number)

/** The approximate number of runs. */
export const searchRunCount = ({ strategy, trials, eta, keys }: SearchSettings): number =>
  keys + (strategy === 'halving' ? rungsOf(trials, eta).reduce((sum, { keep }) => sum + keep, 0) : trials)

/**
 * Tries settings and measures the winner. It takes the trials that other processes stored, and stops where one of theirs is missing.
 *
 * @param rows runs the trials of a wave, which wait for `trials`; null for those of another process
 */
export async function search(
  settings: SearchSettings,
  trials: Trials,
  rows: Scheduler,
  io: Io,
): Promise<Searched | Awaited> {
  const { problem, space, common, strategy } = settings
  const silent = { err: () => undefined }
  const uniforms = uniformsOf(settings.key)
  const configAt = async (point: Point, key: number): Promise<TrainConfig> => ({
    ...(await configOf(problem, optionsAt(common, point), silent)),
    key,
    checkpointEvery: 1,
  })
  // The planned steps of a budget of time depend on the load of the machine, so a stored trial is identified by its budget.
  const requestOf = (config: TrainConfig, share: number): TrainConfig =>
    config.seconds === null
      ? { ...config, steps: Math.max(1, Math.round(config.steps * share)) }
      : { ...config, steps: 1, seconds: config.seconds * share }
  const measured = async (what: string, config: TrainConfig, share: number, measure: Measure): Promise<Trial> => {
    const request = requestOf(config, share)
    const { seconds } = request
    if (seconds === null) return trials.run(what, request, measure, request)
    const input = { config, seconds }
    const paced = await trials.keep(what, { pace: request }, { task: 'pace', input }, () =>
      calibrate(config, seconds, io),
    )
    const clock: Clock = { seconds, pace: paced.pace }
    return trials.run(what, request, measure, config, clock)
  }
  /** Runs the trials of this process, and reads those that other processes stored; null for a missing trial. */
  const all = async (part: string, wanted: readonly Wanted[], share: number, measure: Measure): Promise<Some> => {
    const jobs = wanted.map(({ id, what, config }) => ({ id, run: () => measured(what, config, share, measure) }))
    const own = await rows.run(jobs)
    const found = await Promise.all(
      own.map(async (trial, i) => trial ?? trials.stored(requestOf(wanted[i]!.config, share), measure)),
    )
    const missing = found.filter((trial) => trial === null).length
    return missing > 0 ? { part, missing } : found.filter((trial) => trial !== null)
  }
  const tried: SearchTrial[] = []
  /** Tries a wave of settings; null if all of them are in `tried` now. */
  const wave = async (part: string, points: readonly Point[], share: number): Promise<Awaited | null> => {
    const first = tried.length
    const wanted = points.map(async (point, i) => ({
      id: JSON.stringify([first + i, share, point]),
      what: `trial ${first + i + 1}, ${textOf(point)}`,
      config: await configAt(point, SEARCH_KEY),
    }))
    const found = await all(part, await Promise.all(wanted), share, 'validation')
    if ('part' in found) return found
    found.forEach(({ validation, failure, steps, seconds }, i) => {
      const point = points[i]!
      const interior = Object.fromEntries(space.map((d) => [d.name, isInterior(d, point[d.name]!)]))
      const error = failure === null && validation !== null ? validation : Infinity
      tried.push({ trial: first + i + 1, point, share, error, validation, failure, steps, seconds, interior })
    })
    return null
  }
  const current = pointOf(space, await configOf(problem, common, silent))
  const randomly = async (from: number, to: number): Promise<Point[]> => {
    const points: Point[] = from === 0 && current !== null ? [current] : []
    for (let i = from + points.length; i < to; i++) points.push(await randomPoint(space, i, uniforms))
    return points
  }

  if (strategy === 'halving') {
    let alive: readonly Point[] = await randomly(0, settings.trials)
    const rungs = rungsOf(settings.trials, settings.eta)
    for (const [i, { keep, share }] of rungs.entries()) {
      const before = tried.length
      alive = alive.slice(0, keep)
      const awaited = await wave(`rung ${i + 1} of ${rungs.length}`, alive, share)
      if (awaited !== null) return awaited
      alive = bestOf(tried.slice(before), Infinity).map(({ point }) => point)
    }
  } else {
    const begin = strategy === 'random' ? settings.trials : Math.min(settings.trials, beginOf(settings.trials))
    const awaited = await wave('the random settings', await randomly(0, begin), 1)
    if (awaited !== null) return awaited
    while (tried.length < settings.trials) {
      const count = Math.min(settings.proposals, settings.trials - tried.length)
      const next = Array.from({ length: count }, (_, i) => parzenPoint(space, tried, tried.length + i, uniforms))
      const proposed = await wave('the proposals', await Promise.all(next), 1)
      if (proposed !== null) return proposed
    }
  }

  const whole = tried.filter(({ share }) => share === 1)
  const [winner] = bestOf(whole, 1)
  if (winner === undefined || winner.error === Infinity) {
    const failure = winner?.failure ?? 'no run ended'
    throw usageError('CLI_USAGE', `no settings of the search trained: ${failure}; search other ranges with --over`)
  }
  const keys = Array.from({ length: settings.keys }, (_, i) => settings.key + i)
  const wanted = keys.map(async (key) => ({
    id: `test ${key}`,
    what: `winner with key ${key}`,
    config: await configAt(winner.point, key),
  }))
  const tests = await all('the runs of the winner', await Promise.all(wanted), 1, 'test')
  if ('part' in tests) return tests
  return {
    trials: tried,
    winner,
    config: await configAt(winner.point, settings.key),
    tests,
    mean: meanOf(tests.map(({ relativeL2 }) => relativeL2)),
    spread: spreadOf(tests.map(({ relativeL2 }) => relativeL2)),
    baselineRidge: meanOf(tests.map(({ baselineRidge }) => baselineRidge)),
  }
}

export const textOf = (point: Point): string =>
  Object.entries(point)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ')
