import { SpikewardError } from '@spikeward/core'
import type { Differentiate } from '@spikeward/core'
import { checkSmoothness } from './checkDerivative.js'
import { forwardMode } from './forwardMode.js'

/**
 * (a) Exact derivatives in the coordinates by forward mode: for networks whose coordinates pass through smooth units only,
 * whatever their branch is made of (the spiking physics-informed operator network has a spiking branch and a smooth trunk).
 *
 * @throws TRUNK_SPIKES, at once, where coordinates pass through spikes; SURROGATE_NOT_SMOOTH where the order is not reached
 */
export const exactDerivatives = (): Differentiate => (u, dependence) => {
  if (dependence.spikes) {
    throw new SpikewardError(
      'TRUNK_SPIKES',
      'exact derivatives of a network whose coordinates pass through spikes: they are zero almost everywhere; take a ' +
        'smooth trunk, or surrogateDerivatives(), steinDerivatives() or stencilDerivatives()',
    )
  }
  return {
    at: u,
    d(c, axis, order = 1) {
      checkSmoothness(order, dependence)
      return forwardMode(u, c, axis, order)
    },
  }
}
