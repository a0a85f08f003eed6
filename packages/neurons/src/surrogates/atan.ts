import { add, div, mul, square, defineFactory, defineOptions, number } from '@spikeward/core'
import type { OptionsOf, Surrogate } from '@spikeward/core'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Sharpness α: peak α/2; 2 by default. */
  alpha: number({ min: 0, above: true, default: 2, help: 'sharpness α: peak α/2' }),
}))

/**
 * Slope of an arctangent: (α/2) / (1 + (παu/2)²), α = 2 by default.
 *
 * Integral 1, peak α/2. Smooth, full support (tails of order 1/u²). Fang et al., ICCV 2021, arXiv 2007.05785.
 *
 * @example
 * const fire = spike(atan({ alpha: 2 }))
 * await grad(fire)(tensor(0.25)).item() // 0.6185
 */
export const atan = /* @__PURE__ */ defineFactory(
  {
    kind: 'surrogate',
    name: 'atan',
    summary: 'slope of an arctangent: smooth, heavy tails',
    facts: { slope: '(α/2) / (1 + (παu/2)²)', integral: '1', use: 'a default' },
    options,
  },
  (read) =>
    (settings: OptionsOf<typeof options> = {}): Surrogate => {
      const { alpha } = read(settings)
      return {
        name: 'atan',
        slope: (u) => div(alpha / 2, add(1, square(mul((Math.PI / 2) * alpha, u)))),
        smoothness: Infinity,
        support: 'full',
      }
    },
)
