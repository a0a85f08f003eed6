import { abs, add, div, square, defineFactory, defineOptions, number } from '@spikeward/core'
import type { OptionsOf, Surrogate } from '@spikeward/core'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Peak α; 1 by default. */
  alpha: number({ min: 0, above: true, default: 1, help: 'peak α' }),
}))

/**
 * SuperSpike: α / (1 + |u|)², α = 1 by default.
 *
 * Integral 2α, peak α. A kink at 0, full support. SpikingJelly's `SuperSpike`; Zenke & Ganguli, Neural Comput. 30
 * (2018), arXiv 1705.11146, scale u instead of the slope: that is `fastSigmoid`.
 *
 * @example
 * const fire = spike(superSpike({ alpha: 1 }))
 * await grad(fire)(tensor(0.25)).item() // 0.64
 */
export const superSpike = /* @__PURE__ */ defineFactory(
  {
    kind: 'surrogate',
    name: 'superSpike',
    summary: 'SuperSpike: α/(1 + |u|)², a kink at the threshold',
    facts: { slope: 'α / (1 + |u|)²', integral: '2α', use: 'heavy tails, and a peak of α' },
    options,
  },
  (read) =>
    (settings: OptionsOf<typeof options> = {}): Surrogate => {
      const { alpha } = read(settings)
      return {
        name: 'superSpike',
        slope: (u) => div(alpha, square(add(1, abs(u)))),
        smoothness: 0,
        support: 'full',
      }
    },
)
