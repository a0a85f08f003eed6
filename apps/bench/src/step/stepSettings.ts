import { type Estimator, construct } from '@spikeward/core'
import { factoryOf, hasDirections, makeEstimator } from '../catalogue.js'

/** The settings of a training step. Names are those of the declarations. */
export type StepSettings = {
  readonly estimator: string
  readonly scope: string
  readonly directions: number
  readonly distribution: string
  /** Inputs, hidden layers, outputs. */
  readonly widths: readonly number[]
  readonly time: number
  readonly batch: number
  readonly surrogate: string
  /** Membrane decay per step. */
  readonly beta: number
}

/**
 * The estimator of a step: one along random directions takes scope, number and distribution, where it declares them.
 */
export function estimatorOfStep({ estimator, scope, directions, distribution }: StepSettings): Estimator {
  if (!hasDirections(estimator)) return makeEstimator(estimator)
  const options = { scope, directions, distribution: construct(factoryOf('distribution', distribution), {}) }
  return makeEstimator(estimator, options)
}

/** The sharpness of a surrogate that the peers receive: the default of its only number. Null for one without. */
export function sharpnessOf(surrogate: string): number | null {
  const [first] = Object.values(factoryOf('surrogate', surrogate).declaration.options)
  return typeof first?.default === 'number' ? first.default : null
}

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

export const describeEstimator = (s: StepSettings): string =>
  `${s.estimator}${hasDirections(s.estimator) ? ` (${s.scope}, K = ${s.directions})` : ''}`

/**
 * The time steps and the batch of a step; a surrogate and a leak are named only if they differ from the standard ones.
 */
export const describeConditions = (s: StepSettings): string =>
  [
    `T = ${s.time}`,
    `batch ${s.batch}`,
    ...(s.surrogate === standard.surrogate ? [] : [`surrogate ${s.surrogate}`]),
    ...(s.beta === standard.beta ? [] : [`beta = ${s.beta}`]),
  ].join(', ')

export const describeStep = (s: StepSettings): string =>
  `${describeEstimator(s)}, ${s.widths.join('-')}, ${describeConditions(s)}`
