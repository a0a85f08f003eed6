import type { Estimator, EstimatorFacts, Unbiased } from '@spikeward/core'

const order = ['evaluate', 'jvp', 'vjp'] as const

/** The most demanding `needs` of several estimators. */
export const mostDemanding = (es: readonly Pick<Estimator, 'needs'>[]): Estimator['needs'] =>
  order[Math.max(0, ...es.map((e) => order.indexOf(e.needs)))]!

/** The weakest `unbiased` of several estimators. */
export const jointlyUnbiased = (es: readonly Pick<Estimator, 'unbiased'>[]): Unbiased => {
  if (es.every((e) => e.unbiased === true)) return true
  return es.some((e) => e.unbiased === false) ? false : 'oneHiddenLayer'
}

/** The traits that all estimators along random directions of the weights share. */
export const alongDirections = {
  reverseOverTime: false,
  reverseOverLayers: false,
  weightTransport: 'none',
  local: 'a scalar for all weights',
  memoryInTime: 'constant',
  formsReadout: false,
} as const satisfies Partial<EstimatorFacts>
