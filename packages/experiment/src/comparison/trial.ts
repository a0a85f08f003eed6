/** One run held in memory: the unit of `compare` and `reproduce`. */
import { SpikewardError } from '@spikeward/core'
import type { RolloutMeasures } from '@spikeward/train'
import { lastSolve, ridgeBaseline, untrainedOf } from '../run/concludeRun.js'
import { buildParts, fitParts } from '../run/buildParts.js'
import { type Pace, paceBetween, paceOf, stepsAt } from '../run/time/pace.js'
import { openBackend } from '../catalogue/make.js'
import type { TrainConfig, TrainOptions } from '../config/trainConfig.js'
import type { Io } from '../io/io.js'
import type { BuildHow, Measurement } from '../assembly/experiment.js'
import { finiteOrNull } from '../run/result.js'
import { type Tried, beyond, searchBest } from '../search/searchBest.js'
import { type BaselineChoice, type Baselines, NO_FACTS, baselinesOf } from '../baselines/baselines.js'
import type { EstimatorSpec } from './estimatorSpecs.js'

export type Moment = {
  readonly step: number
  readonly seconds: number
  readonly forwardEquivalents: number
  readonly relativeL2: number | null
}

/** The result of a run. */
export type Trial = {
  readonly config: TrainConfig
  /**
   * On the test split, for an operator the mean per function; null if the run failed or only validation was measured.
   */
  readonly relativeL2: number | null
  /** Over all functions and points together. */
  readonly relativeL2Pooled: number | null
  /** On the validation split, at the end. */
  readonly validation: number | null
  /** Test errors of other methods for the keys of this run; all null if only validation was measured. */
  readonly baselines: Baselines
  readonly steps: number
  /** Training only. */
  readonly seconds: number
  readonly forwardEquivalents: number
  readonly curve: readonly Moment[]
  /**
   * `residual`: the solution is not known, and errors are √(mean residual² + Σ mean condition²). Absent: relative L2.
   */
  readonly measure?: 'residual'
  /** Of a rollout that is measured on the test split: error by step, correlation time and stability. */
  readonly rollout?: RolloutMeasures
  /** Of classes: the share of test windows whose most probable class is their own. */
  readonly accuracy?: number
  /** Whether the clock ended it before its last step, and so before the end of its schedule. */
  readonly cut: boolean
  /** The reason why the run did not finish, or null. */
  readonly failure: string | null
}

export type Measure = 'validation' | 'test'

/** The key of runs of a search, which no measured run uses. */
export const SEARCH_KEY = 0xffff_ffff

/** The failure of a run whose loss or error was not finite. */
export const DIVERGED = 'diverged: the loss or the error became NaN or infinite'

export type Clock = { readonly seconds: number; readonly pace: Pace }

export type TrialInput = {
  readonly config: TrainConfig
  readonly measure: Measure
  /** Null: the steps of the settings, however long they take. */
  readonly clock: Clock | null
}

export const TOLERANCE = 0.1

/** Whether a run took about the planned time, including its whole schedule. */
export const isOnTime = ({ seconds, cut }: Pick<Trial, 'seconds' | 'cut'>, wanted: number): boolean =>
  !cut && Math.abs(seconds / wanted - 1) <= TOLERANCE

export const paceOfTrial = ({ curve: [first], steps, seconds }: Pick<Trial, 'curve' | 'steps' | 'seconds'>): Pace =>
  paceBetween(first, { step: steps, seconds }) ?? { begin: 0, perStep: seconds / Math.max(1, steps) }

const scoreOf = ({ residual, relativeL2 }: Pick<Measurement, 'residual' | 'relativeL2'>): number | null =>
  finiteOrNull(residual ?? relativeL2)

const MOMENTS = 24

/**
 * A run of about `seconds`: as many steps as fit at the known pace. If it takes less than 0.9 or
 * more than 1.1 of the time (then the clock stops it), it runs once more, planned by its own pace; the second run
 * counts, on time or not. The steps are fixed before a run begins, so that its schedule ends with it.
 *
 * @param run makes a run of these settings, which the clock stops after the given seconds; null if the user stopped it
 */
export async function runOnTime(
  config: TrainConfig,
  { seconds, pace }: Clock,
  run: (config: TrainConfig, most: number) => Promise<Trial | null>,
): Promise<Trial | null> {
  // Allows enough time to start.
  const most = (1 + TOLERANCE) * Math.max(seconds, 2 * (pace.begin + pace.perStep))
  const planned = (p: Pace): TrainConfig => ({ ...config, steps: stepsAt(p, seconds) })
  const first = await run(planned(pace), most)
  if (first === null || first.failure !== null || isOnTime(first, seconds)) return first
  const anew = planned(paceOfTrial(first))
  return anew.steps === first.config.steps ? first : run(anew, most)
}

/**
 * Runs to the end of the settings and measures. A loss that is not finite is a result, not an error, and so is an
 * estimator that is not applicable to the network.
 *
 * @param most seconds of training after which the clock stops it
 */
export async function runTrial(
  config: TrainConfig,
  measure: Measure,
  how: BuildHow,
  signal: AbortSignal,
  most = Infinity,
): Promise<Trial | null> {
  const parts = await buildParts(config, how)
  const { experiment } = parts
  await using backend = await openBackend(config.backend, config.threads)
  const every = Math.max(1, Math.floor(config.steps / MOMENTS))
  const curve: Moment[] = []
  let last = { step: 0, seconds: 0, forwardEquivalents: 0 }
  const baselines = baselinesOf(null, NO_FACTS)
  const base = { config, baselines, relativeL2: null, relativeL2Pooled: null, validation: null, cut: false }
  try {
    for await (const e of fitParts(parts, {
      backend,
      key: config.key,
      steps: config.steps,
      ...(most === Infinity ? {} : { seconds: most }),
      every,
      validateEvery: every,
      signal,
    })) {
      if (e.type === 'metrics') last = e
      if (e.type === 'validation') {
        const { step, seconds, forwardEquivalents } = last
        curve.push({ step, seconds, forwardEquivalents, relativeL2: finiteOrNull(e.relativeL2) })
      }
      if (e.type !== 'end') continue
      if (e.reason === 'aborted') return null
      const variables = (await lastSolve(experiment, e.variables))?.variables ?? e.variables
      const tested = measure === 'test' ? await experiment.measure(variables, 'test') : null
      const baseline =
        measure === 'test' ? await ridgeBaseline(experiment, () => untrainedOf(parts, config.key, backend)) : null
      const validated = await experiment.measure(variables, 'validation')
      const validation = scoreOf(validated)
      const relativeL2 = tested === null ? null : scoreOf(tested)
      const finite = validation !== null && (tested === null || relativeL2 !== null)
      return {
        ...base,
        relativeL2,
        relativeL2Pooled: tested === null ? null : scoreOf({ ...tested, relativeL2: tested.relativeL2Pooled }),
        ...(tested?.rollout === undefined ? {} : { rollout: tested.rollout }),
        ...(tested?.accuracy === undefined ? {} : { accuracy: tested.accuracy }),
        ...(validated.residual === undefined ? {} : { measure: 'residual' as const }),
        validation,
        baselines: baselinesOf(baseline, NO_FACTS),
        steps: e.step,
        seconds: e.seconds,
        forwardEquivalents: e.forwardEquivalents,
        curve,
        cut: e.step < config.steps,
        failure: finite ? null : DIVERGED,
      }
    }
  } catch (error) {
    if (!(error instanceof SpikewardError)) throw error
    const { step, seconds, forwardEquivalents } = last
    const failure = error.code === 'NON_FINITE_LOSS' ? DIVERGED : error.message
    return { ...base, steps: step, seconds, forwardEquivalents, curve, failure }
  }
  return null
}

export async function performTrial(
  { config, measure, clock }: TrialInput,
  how: BuildHow,
  signal: AbortSignal,
): Promise<Trial | null> {
  const make = (own: TrainConfig, most?: number): Promise<Trial | null> => runTrial(own, measure, how, signal, most)
  return clock === null ? make(config) : runOnTime(config, clock, make)
}

/**
 * The pace of a run, and the most memory that training takes meanwhile, from short trials whose results are discarded.
 */
export async function calibrate(
  config: TrainConfig,
  seconds: number,
  io: Io,
): Promise<{ readonly pace: Pace; readonly peakBytes: number }> {
  const parts = await buildParts(config, { io, quiet: true })
  await using backend = await openBackend(config.backend, config.threads)
  const pace = await paceOf(seconds, parts, backend).catch((error: unknown) => {
    // The run fails in the same way and stores that as its result.
    if (error instanceof SpikewardError) return null
    throw error
  })
  // Not even two steps fit: one is taken.
  return { pace: pace ?? { begin: 0, perStep: seconds }, peakBytes: backend.stats().peakBytes }
}

export type TriedRate = Pick<Trial, 'validation' | 'steps' | 'seconds'> & { readonly learningRate: number }

export type RateSearch = {
  /** From the lowest rate to the highest. */
  readonly tried: readonly TriedRate[]
  readonly learningRate: number
  /** Whether the best rate is the largest or smallest that was tried, so that a better one may exist beyond. */
  readonly atEdge: boolean
}

const RATIO = Math.sqrt(10)

/**
 * Searches a learning rate on the validation points: three rates half a decade apart around `start`, then further ones
 * beyond whichever end is best, up to `most` rates.
 *
 * @param most the most rates to try; 1: `start` is used without a search
 */
export async function searchRate(
  start: number,
  most: number,
  run: (learningRate: number) => Promise<Pick<Trial, 'validation' | 'steps' | 'seconds'>>,
): Promise<RateSearch> {
  if (most <= 1) return { tried: [], learningRate: start, atEdge: false }
  const rateAt = (place: number): number => Number((start * RATIO ** place).toPrecision(3))
  const strategy = beyond([0, -1, 1].slice(0, most), (_, tried) => tried < most)
  const tryAt = async (candidate: number): Promise<Tried<number> & TriedRate> => {
    const learningRate = rateAt(candidate)
    const { validation, steps, seconds } = await run(learningRate)
    return { candidate, error: validation ?? Infinity, learningRate, validation, steps, seconds }
  }
  const { tried, best } = await searchBest(strategy, (wave) => Promise.all(wave.map(tryAt)))
  const sorted = tried.toSorted((a, b) => a.candidate - b.candidate)
  const place = best?.candidate ?? 0
  return {
    tried: sorted.map(({ candidate: _, error: _e, ...rate }) => rate),
    learningRate: rateAt(place),
    atEdge: place === sorted[0]?.candidate || place === sorted.at(-1)?.candidate,
  }
}

export type Unit = 's' | 'steps'

/** The settings of a comparison. */
export type CompareSettings = {
  readonly problem: string
  readonly specs: readonly EstimatorSpec[]
  /** Seconds or steps of training; each budget is a separate comparison. */
  readonly budgets: readonly number[]
  readonly unit: Unit
  /** The first key of the runs, and the number of keys. */
  readonly key: number
  readonly keys: number
  /** The most learning rates to try for each estimator. */
  readonly rates: number
  /** The share of the budget for each run of the search. */
  readonly share: number
  /** The baselines beside the untrained networks. */
  readonly baselines: BaselineChoice
  /** Settings common to all estimators. */
  readonly common: TrainOptions
}

/** One estimator at one budget. */
export type CompareRow = {
  readonly label: string
  readonly budget: number
  readonly config: TrainConfig
  readonly search: RateSearch
  readonly trials: readonly Trial[]
  /** The mean over the keys; for an operator, of the mean per function. */
  readonly mean: number | null
  readonly spread: number | null
  /** The same for the error of all functions and points together. */
  readonly meanPooled: number | null
  readonly spreadPooled: number | null
  /** Means over the keys. */
  readonly baselines: Baselines
  /** Runs that failed because the estimator is not applicable or diverged. They are excluded from the means. */
  readonly failures: number
  /** Runs that took less than 0.9 or more than 1.1 of the budget even after being planned a second time. */
  readonly offTime: number
  readonly seconds: number | null
  readonly steps: number | null
  readonly stepsPerSecond: number | null
  readonly forwardEquivalents: number | null
  readonly peakBytes: number
}
