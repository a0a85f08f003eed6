import { abs, maximum, mul, sub, defineFactory, defineOptions, number } from '@spikeward/core'
import type { OptionsOf, Surrogate } from '@spikeward/core'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Peak α, half width 1/α; 1 by default. */
  alpha: number({ min: 0, above: true, default: 1, help: 'peak α, half width 1/α' }),
}))

/**
 * Triangle: α max(0, 1 − α|u|), α = 1 by default.
 *
 * Integral 1, peak α. Kinks at 0 and ±1/α, compact support |u| < 1/α. Esser et al., PNAS 113 (2016);
 * SpikingJelly's `PiecewiseQuadratic`.
 *
 * @example
 * const fire = spike(triangular({ alpha: 1 }))
 * await grad(fire)(tensor(0.25)).item() // 0.75
 */
export const triangular = /* @__PURE__ */ defineFactory(
  {
    kind: 'surrogate',
    name: 'triangular',
    summary: 'triangle: compact support, kinks',
    facts: { slope: 'α max(0, 1 − α|u|)', integral: '1', use: 'speed: most slopes are zero, and kernels skip them' },
    options,
  },
  (read) =>
    (settings: OptionsOf<typeof options> = {}): Surrogate => {
      const { alpha } = read(settings)
      return {
        name: 'triangular',
        slope: (u) => maximum(sub(alpha, mul(alpha * alpha, abs(u))), 0),
        smoothness: 0,
        support: 'compact',
      }
    },
)
