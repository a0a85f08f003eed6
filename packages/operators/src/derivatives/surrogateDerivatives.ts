import type { Differentiate } from '@spikeward/core'
import { checkSmoothness } from './checkDerivative.js'
import { forwardMode } from './forwardMode.js'

/**
 * (b) Derivatives in the coordinates through the surrogates of a spiking trunk, by forward mode: not derivatives of the
 * rates, which are steps, but of what the surrogate makes of them. A derivative of order k uses the slope's
 * derivative k − 1, and a gradient of a residual one more: the surrogate's `smoothness` must be at least k − 1.
 * The same as {@link exactDerivatives} where nothing spikes.
 *
 * @throws SURROGATE_NOT_SMOOTH where the smoothness does not reach the order
 */
export const surrogateDerivatives = (): Differentiate => (u, dependence) => ({
  at: u,
  d(c, axis, order = 1) {
    checkSmoothness(order, dependence)
    return forwardMode(u, c, axis, order)
  },
})
