import { mexicanHatDefaults, parabolaDefaults } from '@spikeward/problems/defaults'
import type { ProblemDefaults } from '@spikeward/problems/defaults'

/** One estimator of the race and what belongs to it alone; null where the estimator's own default is meant. */
export type Contender = {
  readonly estimator: string
  readonly scope: string | null
  readonly directions: number | null
  readonly distribution: string | null
  readonly size: number | null
  readonly optimizer: string
  readonly learningRate: number
}

/** Where training may run. */
export type BackendName = 'cpu' | 'webgpu'

/** All that a run depends on: what stands in the address of the page. */
export type Settings = {
  readonly problem: string
  readonly neuron: string
  /** Null where the neuron has no leak of this kind. */
  readonly beta: number | null
  readonly reset: string | null
  readonly surrogate: string
  readonly hidden: readonly number[]
  readonly time: number
  readonly batch: number
  readonly steps: number
  readonly schedule: string
  readonly key: number
  readonly backend: BackendName
  readonly contenders: readonly Contender[]
}

/** Most estimators that race at once. */
export const MAX_CONTENDERS = 4

/** A contender with the rate, directions and optimiser that the command line takes as well: those measured to be best. */
export function contenderFor(estimator: string, scope: string | null = null): Contender {
  const { byEstimator } = mexicanHatDefaults
  const found = byEstimator[`${estimator} ${scope ?? ''}`] ?? byEstimator[estimator] ?? byEstimator['other']!
  return {
    estimator,
    scope,
    directions: found.directions ?? null,
    distribution: null,
    size: null,
    optimizer: found.optimizer ?? mexicanHatDefaults.optimizer,
    learningRate: found.learningRate,
  }
}

/** Network and batch of a problem, as the command line has them. */
const sizesOf = ({ networks, batch }: ProblemDefaults): Pick<Settings, 'hidden' | 'batch'> => ({
  hidden: networks['mlp']!.hidden!,
  batch,
})

/** What the page shows when it is opened without settings in its address. */
export const firstSettings: Settings = {
  problem: 'mexican-hat',
  neuron: mexicanHatDefaults.neuron,
  beta: mexicanHatDefaults.beta,
  reset: mexicanHatDefaults.reset,
  surrogate: mexicanHatDefaults.surrogate,
  ...sizesOf(mexicanHatDefaults),
  time: mexicanHatDefaults.time,
  steps: 4000,
  schedule: mexicanHatDefaults.schedule,
  key: 0,
  backend: 'cpu',
  contenders: ['eligibility', 'activity', 'rfg', 'bp'].map((estimator) => contenderFor(estimator)),
}

/** The settings of another problem: the parabola has 100 points and needs fewer neurons. */
export const settingsFor = (problem: string): Settings =>
  problem === 'parabola' ? { ...firstSettings, problem, ...sizesOf(parabolaDefaults) } : { ...firstSettings, problem }

/** A contender in a few letters, such as `rfg · 8`. */
export const contenderLabel = ({ estimator, scope, directions }: Contender): string =>
  [estimator, scope === 'layerwise' ? 'by layer' : null, directions !== null && directions > 1 ? `${directions}` : null]
    .filter((part) => part !== null)
    .join(' · ')
