import { defineFactory } from '@spikeward/core'
import type { Differentiate } from '@spikeward/core'
import { checkSmoothness } from './checkDerivative.js'
import { fieldBy } from './fieldBy.js'
import { alongDirections, forwardMode } from './forwardMode.js'

/**
 * Derivatives in the coordinates by forward mode through the surrogates of a spiking trunk. They are not the
 * derivatives of the rates, which are step functions. A derivative of order k uses the derivative k − 1 of the
 * surrogate slope, and a gradient of a residual uses one more, so that the surrogate needs a `smoothness` of at least k
 * − 1. Without spikes the result is that of {@link exactDerivatives}.
 *
 * @throws SURROGATE_NOT_SMOOTH if the order is too high
 */
export const surrogateDerivatives = /* @__PURE__ */ defineFactory(
  {
    kind: 'derivative',
    name: 'surrogateDerivatives',
    aliases: ['surrogate'],
    summary: 'forward mode through the surrogate slopes',
    facts: { use: 'comparisons' },
  },
  () => (): Differentiate => (u, dependence) =>
    fieldBy(u, forwardMode, (order) => checkSmoothness(order, dependence), alongDirections),
)
