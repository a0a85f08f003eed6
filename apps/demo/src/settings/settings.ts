import { tuned } from './tuned.js'

/** One estimator of the race and what belongs to it alone; null where the estimator's own default is meant. */
export type Lane = {
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
  readonly lanes: readonly Lane[]
}

/** Most estimators that race at once. */
export const MOST_LANES = 4

/** A lane with the rate, directions and optimiser that were measured to be best for it. */
export function laneFor(estimator: string, scope: string | null = null): Lane {
  const found = tuned[`${estimator} ${scope ?? ''}`] ?? tuned[estimator] ?? tuned['other']!
  return {
    estimator,
    scope,
    directions: found.directions ?? null,
    distribution: null,
    size: null,
    optimizer: found.optimizer ?? 'adam',
    learningRate: found.learningRate,
  }
}

/** What the page shows when it is opened without settings in its address. */
export const firstSettings: Settings = {
  problem: 'mexican-hat',
  neuron: 'lif',
  beta: 1,
  reset: 'subtract',
  surrogate: 'atan',
  hidden: [100],
  time: 32,
  batch: 256,
  steps: 4000,
  schedule: 'cosine',
  key: 0,
  backend: 'cpu',
  lanes: ['eligibility', 'activity', 'rfg', 'bp'].map((estimator) => laneFor(estimator)),
}

/** The settings of another problem: the parabola has 100 points and needs fewer neurons. */
export const settingsFor = (problem: string): Settings =>
  problem === 'parabola' ? { ...firstSettings, problem, hidden: [50], batch: 100 } : { ...firstSettings, problem }

/** A lane in a few letters, such as `rfg · 8`. */
export const laneLabel = ({ estimator, scope, directions }: Lane): string =>
  [estimator, scope === 'layerwise' ? 'by layer' : null, directions !== null && directions > 1 ? `${directions}` : null]
    .filter((part) => part !== null)
    .join(' · ')
