/** Advice of the summary of a run. */
import { innermost } from '../catalogue/kinds/estimators.js'
import { type Factory, factories, listsOf, lookUp } from '../catalogue/factories.js'
import { usualPenalty } from '../config/settings/runSettings.js'
import type { TrainConfig } from '../config/trainConfig.js'
import { errorText } from '../io/texts.js'

/** Settings of a run that advice reads, so that it does not suggest what is already in use. */
export type AdvisedSettings = Pick<
  TrainConfig,
  | 'readoutSolve'
  | 'readoutPenalty'
  | 'patience'
  | 'steps'
  | 'loss'
  | 'branch'
  | 'hidden'
  | 'estimator'
  | 'sequences'
  | 'collocation'
>

/** A value of a setting that a trial compared. */
export type TriedSetting = {
  readonly setting: 'amplitude' | 'estimator' | 'network' | 'spiking' | 'neuron' | 'code'
  readonly candidate: string
  /** The validation error; null: the value does not suit the run. */
  readonly validation: number | null
  /** Steps of training before it was measured. */
  readonly steps: number
}

/** The part of a result that advice reads. */
type Advised = {
  readonly relativeL2: number | null
  readonly baselines: { readonly untrained: number | null }
  readonly steps: number
  readonly residual?: number | null
  readonly residualOfZero?: number | null
  readonly lastSolve?: { readonly untrained?: true }
  readonly trials?: readonly TriedSetting[]
}

const LARGEST_PENALTY = 1e-2

const factsOf = (estimator: string): Readonly<Record<string, unknown>> =>
  lookUp(listsOf('estimator'), innermost(estimator))?.factory.declaration.facts ?? {}

/** The estimator that passes an error down through the layers and runs forward in time, by its facts. */
const throughLayers = (): string | undefined =>
  Object.entries<Factory>(factories.estimator).find(
    ([, { declaration: d }]) => d.facts['reverseOverLayers'] === true && d.facts['reverseOverTime'] === false,
  )?.[0]

function otherEstimator({ hidden, estimator }: AdvisedSettings): readonly string[] {
  if ((hidden?.length ?? 0) > 1) {
    const deep = throughLayers()
    if (deep === undefined || factsOf(estimator)['reverseOverLayers'] !== false) return []
    return [`take --estimator ${deep}, which passes the error down through several hidden layers`]
  }
  // The variance of a random direction grows with the number of parameters; the others draw no directions.
  return estimator === 'rfg' ? ['take --estimator eligibility, which needs far fewer steps on functions of points'] : []
}

function adviceOf(settings: AdvisedSettings, { steps, trials = [] }: Advised): readonly string[] {
  // Advice names no estimator that lost a trial.
  const tried = trials.some(({ setting }) => setting === 'estimator')
  const { readoutSolve, readoutPenalty, patience, steps: planned, loss, branch, estimator, sequences } = settings
  const penalty = readoutPenalty ?? usualPenalty
  // One equation has a loss, and no input functions; its readout is not solved while it trains.
  const equation = loss !== null && branch === null
  const solver = equation
    ? estimator === 'gaussNewton'
      ? []
      : ['take --estimator gaussNewton, which solves for the readout with the layers']
    : ['solve the readout with --readout-solve 20']
  const estimators = branch === null && loss === null && !tried ? otherEstimator(settings) : []
  const others =
    estimators.length > 0 || tried ? 'try another --learning-rate' : 'try another --estimator or --learning-rate'
  const more = tried
    ? 'train for more steps, of which the trial of the estimators takes a quarter, at least 100'
    : 'train for more steps'
  return [
    // More steps help less than an estimator that fits the network.
    ...estimators,
    // A run that patience ended would not use more steps.
    patience !== null && steps < planned ? others : more,
    // The readout of a recurrent network is not solved.
    ...(readoutSolve === null && sequences === null ? solver : []),
    ...(readoutSolve !== null && penalty < LARGEST_PENALTY
      ? [`on few data take a larger --readout-penalty, such as ${Number((100 * penalty).toPrecision(1))}`]
      : []),
  ]
}

/** The gain over the untrained network where it is little, with advice. */
export function verdict(result: Advised, settings: AdvisedSettings): readonly string[] {
  const {
    relativeL2,
    baselines: { untrained },
    lastSolve,
  } = result
  if (lastSolve?.untrained === true)
    return [
      '  the untrained network is kept: with a solved readout its validation error is below that after the training;',
      `  ${adviceOf(settings, result).join(', or ')}`,
    ]
  if (untrained === null || (relativeL2 !== null && relativeL2 < untrained)) return []
  // The zero function has an error of 1.
  if (relativeL2 === null || relativeL2 > 2)
    return ['  worse than predicting 0: training diverged; use a smaller --learning-rate']
  return [
    '  no better than the untrained network: a solved readout on its untrained hidden layers does as well or better;',
    `  ${adviceOf(settings, result).join(', or ')}`,
  ]
}

const LARGE_RESIDUAL = 0.3

/** The residual of an equation without a known solution where it is large, with advice. */
export function residualVerdict(result: Advised, settings: AdvisedSettings): readonly string[] {
  const { residual, residualOfZero } = result
  if (residual === undefined) return []
  if (residual === null) return ['  the residual is not finite: training diverged; use a smaller --learning-rate']
  // If 0 solves the equation, its residual is 0 and there is nothing to compare with.
  if (!residualOfZero || residual < LARGE_RESIDUAL * residualOfZero) return []
  const share = ((100 * residual) / residualOfZero).toFixed(0)
  return [
    `  the residual is ${share} % of that of a network that is 0 everywhere: ${adviceOf(settings, result).join(', or ')}`,
  ]
}

/** Of an equation that spikes: what a dense network reached in the trial, and what may reduce the difference. */
export function denseLine({ trials = [] }: Advised, { steps, collocation }: AdvisedSettings): readonly string[] {
  const dense = trials.find(({ setting, candidate }) => setting === 'spiking' && candidate === 'none')
  const codes = trials.filter(({ setting }) => setting === 'code')
  const spiking = Math.min(
    ...trials.flatMap((one) =>
      one !== dense && (one.setting === 'code' || one.setting === 'spiking') ? [one.validation ?? Infinity] : [],
    ),
  )
  if (dense === undefined || dense.validation === null || !(dense.validation < spiking)) return []
  // The code is free to choose where one was tried.
  const closer =
    codes.length > 0 && codes.every(({ candidate }) => candidate !== 'firstSpike')
      ? '--code firstSpike'
      : `--collocation ${3 * (collocation ?? 0)}, three times as many points`
  return [
    `  --spiking none had ${errorText(dense.validation)} where spikes had ${errorText(spiking)} (validation, after ${dense.steps} of ${steps} steps);`,
    `  to come closer with spikes, try ${closer}`,
  ]
}
