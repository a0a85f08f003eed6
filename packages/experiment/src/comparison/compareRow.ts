/** The settings of a comparison of estimators, and its rows. */
import type { BaselineChoice } from '../baselines/baselines.js'
import type { TrainConfig, TrainOptions } from '../config/trainConfig.js'
import type { EstimatorSpec } from './estimatorSpecs.js'
import type { RateSearch } from './searchRate.js'
import type { Trial } from './trial.js'

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
  readonly baselineRidge: number | null
  /** Errors of `randomSign` of the estimator for the same keys; null: not run, or it draws no random directions. Absent: an earlier version. */
  readonly randomSign?: readonly (number | null)[] | null
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
