import type { Estimator, Unbiased } from '@spikeward/core'

const order = ['evaluate', 'jvp', 'vjp'] as const

/** The most demanding `needs` of several estimators. */
export const mostDemanding = (es: readonly Pick<Estimator, 'needs'>[]): Estimator['needs'] =>
  order[Math.max(0, ...es.map((e) => order.indexOf(e.needs)))]!

/** The weakest `unbiased` of several estimators. */
export const jointlyUnbiased = (es: readonly Pick<Estimator, 'unbiased'>[]): Unbiased => {
  if (es.every((e) => e.unbiased === true)) return true
  return es.some((e) => e.unbiased === false) ? false : 'oneHiddenLayer'
}
