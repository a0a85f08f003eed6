import type { Estimator } from '@spikeward/core'

const order = ['evaluate', 'jvp', 'vjp'] as const

/** What estimators together ask of the loss: the most that one of them asks. */
export const mostDemanding = (es: readonly Pick<Estimator, 'needs'>[]): Estimator['needs'] =>
  order[Math.max(0, ...es.map((e) => order.indexOf(e.needs)))]!
