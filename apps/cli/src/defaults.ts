/**
 * The settings that `train` starts from, problem by problem: the best ones measured on the validation split so far.
 * This page is data; whoever measures better ones edits it here.
 */
import type { Widths } from './config.js'

/** Everything about a run that has a default. */
export type Defaults = {
  readonly network: string
  readonly hidden: Widths
  readonly time: number
  readonly neuron: string
  readonly beta: number
  readonly surrogate: string
  readonly reset: string
  readonly estimator: string
  readonly optimizer: string
  readonly schedule: string
  readonly batch: number
  /** By estimator, since each is tuned by itself; `rfg layerwise` where the scope matters. */
  readonly byEstimator: Readonly<Record<string, EstimatorDefaults>>
}

/** What is tuned for each estimator. */
export type EstimatorDefaults = {
  readonly directions?: number
  readonly learningRate: number
  /** Where the estimator does not take the problem's. */
  readonly optimizer?: string
  readonly adapt?: boolean
  readonly steps: number
}

const hat: Defaults = {
  network: 'mlp',
  hidden: [100],
  time: 32,
  neuron: 'lif',
  beta: 1,
  surrogate: 'atan',
  reset: 'subtract',
  estimator: 'rfg',
  optimizer: 'adam',
  schedule: 'cosine',
  batch: 256,
  byEstimator: {
    rfg: { directions: 8, learningRate: 2e-3, steps: 16_000 },
    'rfg layerwise': { directions: 4, learningRate: 2e-3, steps: 16_000 },
    multiTangent: { directions: 8, learningRate: 2e-3, steps: 16_000 },
    activity: { directions: 1, learningRate: 1e-2, steps: 16_000 },
    eligibility: { directions: 1, learningRate: 3e-2, steps: 5000 },
    spsa: { directions: 1, learningRate: 5e-3, steps: 16_000 },
    mezo: { directions: 1, learningRate: 5e-3, steps: 16_000 },
    gaussNewton: { optimizer: 'sgd', adapt: false, learningRate: 0.5, steps: 2500 },
    subspaceGaussNewton: { optimizer: 'sgd', directions: 32, learningRate: 1, steps: 4000 },
    lowRank: { directions: 8, learningRate: 2e-3, steps: 16_000 },
    guided: { directions: 8, learningRate: 2e-3, steps: 16_000 },
    orthogonalTangents: { directions: 8, learningRate: 2e-3, steps: 16_000 },
    bp: { learningRate: 3e-2, steps: 5000 },
    exactForward: { learningRate: 3e-2, steps: 500 },
    other: { learningRate: 2e-3, steps: 16_000 },
  },
}

/** Defaults by problem. */
export const defaults: Readonly<Record<string, Defaults>> = {
  'mexican-hat': hat,
  ripple: hat,
  parabola: {
    ...hat,
    hidden: [50],
    batch: 100,
    byEstimator: Object.fromEntries(
      Object.entries(hat.byEstimator).map(([name, d]) => [name, { ...d, steps: Math.round(d.steps / 4) }]),
    ),
  },
}
