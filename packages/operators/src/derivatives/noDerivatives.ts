import { SpikewardError } from '@spikeward/core'
import type { Differentiate } from '@spikeward/core'

/**
 * (e) No derivatives: for learning from data alone.
 *
 * @throws NO_DERIVATIVES where one is asked for
 */
export const noDerivatives = (): Differentiate => (u) => ({
  at: u,
  d(_, axis, order = 1) {
    throw new SpikewardError(
      'NO_DERIVATIVES',
      `∂${order === 2 ? '²' : ''}u along axis ${axis} of a field without derivatives; learn from data alone, or choose ` +
        'exactDerivatives(), surrogateDerivatives(), steinDerivatives() or stencilDerivatives()',
    )
  },
})
