import { type Estimator, type Tensor, type Unbiased, full } from '@spikeward/core'

// The facts that a family shares are added by a pure call, since bundlers keep an unused object with a spread in it.

/** Adds the facts of estimators that compare whole losses along directions of the weights. */
export const alongWeights = <const F extends object>(facts: F) =>
  ({
    loss: 'any',
    reverseOverTime: false,
    reverseOverLayers: false,
    weightTransport: 'none',
    local: 'a scalar for all weights',
    memoryInTime: 'constant',
    formsReadout: false,
    ...facts,
  }) as const

/** Adds the facts of estimators that act on layers in forward mode. */
export const byLayers = <const F extends object>(facts: F) =>
  ({
    loss: 'with parts',
    needs: 'jvp',
    reverseOverTime: false,
    reverseOverLayers: false,
    memoryInTime: 'constant',
    formsReadout: true,
    ...facts,
  }) as const

const order = ['evaluate', 'jvp', 'vjp'] as const

/** The most demanding `needs` of several estimators. */
export const mostDemanding = (es: readonly Pick<Estimator, 'needs'>[]): Estimator['needs'] =>
  order[Math.max(0, ...es.map((e) => order.indexOf(e.needs)))]!

/** The weakest `unbiased` of several estimators. */
export const jointlyUnbiased = (es: readonly Pick<Estimator, 'unbiased'>[]): Unbiased => {
  if (es.every((e) => e.unbiased === true)) return true
  return es.some((e) => e.unbiased === false) ? false : 'oneHiddenLayer'
}

/** The cost of an estimate, and the statistics that a wrapper adds. */
export type EstimateStats = { forwardEquivalents: Tensor } & { [name: string]: Tensor }

/** Stats of an estimate that cost `forwardEquivalents` forward passes. */
export const cost = (forwardEquivalents: number): EstimateStats => ({
  forwardEquivalents: full([], forwardEquivalents),
})
