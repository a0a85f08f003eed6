import { type Differentiate, SpikewardError, defineFactory } from '@spikeward/core'

/**
 * No derivatives: for learning from data only.
 *
 * @throws NO_DERIVATIVES if a residual requests a derivative
 */
export const noDerivatives = /* @__PURE__ */ defineFactory(
  {
    kind: 'derivative',
    name: 'noDerivatives',
    aliases: ['none'],
    summary: 'no derivatives',
    facts: { use: 'learning from data' },
  },
  () => (): Differentiate => (u) => {
    const refuse = (order: number): never => {
      throw new SpikewardError(
        'NO_DERIVATIVES',
        `a derivative of order ${order} of a field without derivatives; learn from data only, or choose ` +
          'exactDerivatives(), surrogateDerivatives(), steinDerivatives() or stencilDerivatives()',
      )
    }
    return {
      at: u,
      d: (_, __, order = 1) => refuse(order),
      mixed: (_, orders) => refuse(orders.reduce((a, b) => a + b, 0)),
    }
  },
)
