import { SpikewardError, defineFactory } from '@spikeward/core'
import type { Differentiate } from '@spikeward/core'
import { checkSmoothness } from './checkDerivative.js'
import { fieldBy } from './fieldBy.js'
import { alongDirections, forwardMode } from './forwardMode.js'

/**
 * Exact derivatives in the coordinates by forward mode, for networks whose coordinates pass through smooth units only.
 * The branch may spike, as in the spiking physics-informed operator network.
 *
 * @throws TRUNK_SPIKES, at once, if coordinates pass through spikes; SURROGATE_NOT_SMOOTH if the order is too high
 */
export const exactDerivatives = /* @__PURE__ */ defineFactory(
  {
    kind: 'derivative',
    name: 'exactDerivatives',
    aliases: ['exact'],
    summary: 'forward mode through smooth units',
    facts: { use: 'a smooth trunk with any branch' },
  },
  () => (): Differentiate => {
    const differentiate: Differentiate = (u, dependence) => {
      if (dependence.spikes) {
        throw new SpikewardError(
          'TRUNK_SPIKES',
          'exact derivatives of a network whose coordinates pass through spikes: they are zero almost everywhere; use a ' +
            'smooth trunk, or surrogateDerivatives(), steinDerivatives() or stencilDerivatives()',
        )
      }
      return fieldBy(u, forwardMode, (order) => checkSmoothness(order, dependence), alongDirections)
    }
    return Object.assign(differentiate, { exact: true })
  },
)
