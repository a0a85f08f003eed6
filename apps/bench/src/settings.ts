import type { Estimator, Surrogate } from '@spikeward/core'
import {
  bp,
  distributions,
  eligibility,
  exactForward,
  feedback,
  localLoss,
  multiTangent,
  rateBackpropagation,
  rfg,
  spsa,
} from '@spikeward/estimators'
import { atan, boxcar, fastSigmoid, gaussian, logistic, triangular } from '@spikeward/neurons'

/** The settings of a training step. */
export type StepSettings = {
  readonly estimator: keyof typeof estimators
  readonly scope: 'global' | 'layerwise'
  readonly directions: number
  readonly distribution: keyof typeof distributions
  /** Inputs, hidden layers, outputs. */
  readonly widths: readonly number[]
  readonly time: number
  readonly batch: number
  readonly surrogate: keyof typeof surrogates
  /** Membrane decay per step. */
  readonly beta: number
}

/** Estimators by name. */
export const estimators = {
  rfg: ({ scope, directions, distribution }) => rfg({ scope, directions, distribution: distributions[distribution] }),
  multiTangent: ({ directions, distribution }) =>
    multiTangent({ directions, distribution: distributions[distribution] }),
  spsa: ({ directions, distribution }) => spsa({ directions, distribution: distributions[distribution] }),
  bp: () => bp(),
  'bp/checkpoint': () => bp({ checkpoint: true }),
  exactForward: () => exactForward(),
  eligibility: () => eligibility(),
  feedback: () => feedback(),
  localLoss: () => localLoss(),
  rateBackpropagation: () => rateBackpropagation(),
  'rateBackpropagation/weightMirror': () => rateBackpropagation({ transport: 'weightMirror' }),
} satisfies Record<string, (s: StepSettings) => Estimator>

/** A surrogate, and the parameter of its slope that the peers receive. */
type SurrogateEntry = { readonly make: () => Surrogate; readonly alpha: number }

/** Surrogates by name. */
export const surrogates = {
  atan: { make: () => atan(), alpha: 2 },
  sigmoid: { make: () => logistic(), alpha: 25 },
  fastSigmoid: { make: () => fastSigmoid(), alpha: 25 },
  gaussian: { make: () => gaussian(), alpha: 0.4 },
  triangular: { make: () => triangular(), alpha: 1 },
  boxcar: { make: () => boxcar(), alpha: 1 },
} satisfies Record<string, SurrogateEntry>

/** The standard step: 2-128-128-1, 16 time steps, 1024 points, one direction. */
export const standard: StepSettings = {
  estimator: 'rfg',
  scope: 'global',
  directions: 1,
  distribution: 'gaussian',
  widths: [2, 128, 128, 1],
  time: 16,
  batch: 1024,
  surrogate: 'atan',
  beta: 1,
}

/** Adam's hyperparameters, the same for every peer. */
export const adamSettings = { learningRate: 1e-3, b1: 0.9, b2: 0.98, eps: 1e-8 } as const

/** Estimators along random directions. */
const hasDirections = (estimator: keyof typeof estimators): boolean =>
  ['rfg', 'multiTangent', 'spsa', 'exactForward'].includes(estimator)

/** A step in words; a surrogate and a leak are named only if they differ from the standard ones. */
export const describeStep = (s: StepSettings): string =>
  [
    `${s.estimator}${hasDirections(s.estimator) ? ` (${s.scope}, K = ${s.directions})` : ''}`,
    s.widths.join('-'),
    `T = ${s.time}`,
    `batch ${s.batch}`,
    ...(s.surrogate === standard.surrogate ? [] : [`surrogate ${s.surrogate}`]),
    ...(s.beta === standard.beta ? [] : [`beta = ${s.beta}`]),
  ].join(', ')
