import { type OptionsOf, type Surrogate, abs, exp, mul, defineFactory, defineOptions, number } from '@spikeward/core'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Sharpness α: peak α/2; 1 by default. */
  alpha: number({ min: 0, above: true, default: 1, help: 'sharpness α: peak α/2' }),
}))

/**
 * Two-sided exponential (Laplace's density): (α/2) exp(−α|u|), α = 1 by default.
 *
 * Integral 1, peak α/2. A kink at 0, full support. Shrestha & Orchard, NeurIPS 2018, arXiv 1810.08646;
 * SpikingJelly's `PiecewiseExp`.
 *
 * @example
 * const fire = spike(piecewiseExp({ alpha: 1 }))
 * await grad(fire)(tensor(0.25)).item() // 0.3894
 */
export const piecewiseExp = /* @__PURE__ */ defineFactory(
  {
    kind: 'surrogate',
    name: 'piecewiseExp',
    summary: 'two-sided exponential (Laplace density): a kink at the threshold',
    facts: { slope: '(α/2) exp(−α|u|)', integral: '1', use: 'exponential tails with a sharp peak' },
    options,
  },
  (read) =>
    (settings: OptionsOf<typeof options> = {}): Surrogate => {
      const { alpha } = read(settings)
      return {
        name: 'piecewiseExp',
        slope: (u) => mul(alpha / 2, exp(mul(-alpha, abs(u)))),
        smoothness: 0,
        support: 'full',
      }
    },
)
