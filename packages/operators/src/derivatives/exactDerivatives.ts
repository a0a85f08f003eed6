import { type Differentiate, SpikewardError, defineFactory } from '@spikeward/core'
import { checkSmoothness, fieldBy } from './fieldBy.js'
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
