/** Facts that the estimators of a family share. Functions, since bundlers keep what an object spread stands in. */

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
