import type { Estimator, Unbiased } from '@spikeward/core'

const order = ['evaluate', 'jvp', 'vjp'] as const

/** What estimators together ask of the loss: the most that one of them asks. */
export const mostDemanding = (es: readonly Pick<Estimator, 'needs'>[]): Estimator['needs'] =>
  order[Math.max(0, ...es.map((e) => order.indexOf(e.needs)))]!

/** What estimators together may claim of their bias: what each of them claims, at the least. */
export const jointlyUnbiased = (es: readonly Pick<Estimator, 'unbiased'>[]): Unbiased => {
  if (es.every((e) => e.unbiased === true)) return true
  return es.some((e) => e.unbiased === false) ? false : 'oneHiddenLayer'
}
