import type { EstimatorFacts } from '@spikeward/core'

type Shared = Partial<EstimatorFacts>

/** Facts of estimators that compare whole losses along directions of the weights. */
export const alongWeights = {
  loss: 'any',
  reverseOverTime: false,
  reverseOverLayers: false,
  weightTransport: 'none',
  local: 'a scalar for all weights',
  memoryInTime: 'constant',
  formsReadout: false,
} as const satisfies Shared

/** Facts of estimators that act on layers in forward mode. */
export const byLayers = {
  loss: 'with parts',
  needs: 'jvp',
  reverseOverTime: false,
  reverseOverLayers: false,
  memoryInTime: 'constant',
  formsReadout: true,
} as const satisfies Shared
