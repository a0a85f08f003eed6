import { SpikewardError, defineFactory } from '@spikeward/core'
import type { Differentiate } from '@spikeward/core'

/**
 * No derivatives: for learning from data only.
 *
 * @throws NO_DERIVATIVES if a residual asks for a derivative
 */
export const noDerivatives = /* @__PURE__ */ defineFactory(
  { kind: 'derivative', name: 'noDerivatives', aliases: ['none'], summary: 'none; for learning from data' },
  () => (): Differentiate => (u) => ({
    at: u,
    d(_, axis, order = 1) {
      throw new SpikewardError(
        'NO_DERIVATIVES',
        `∂${order === 2 ? '²' : ''}u along axis ${axis} of a field without derivatives; learn from data only, or choose ` +
          'exactDerivatives(), surrogateDerivatives(), steinDerivatives() or stencilDerivatives()',
      )
    },
  }),
)
