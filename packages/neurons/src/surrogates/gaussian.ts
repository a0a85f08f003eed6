import { type OptionsOf, type Surrogate, exp, mul, square, defineFactory, defineOptions, number } from '@spikeward/core'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Standard deviation σ of the membrane noise; 0.4 by default. */
  sigma: number({ min: 0, above: true, default: 0.4, help: 'standard deviation σ of the membrane noise' }),
}))

/**
 * Gaussian density: N(u; 0, σ²) = exp(−u²/(2σ²)) / (σ√(2π)), σ = 0.4 by default.
 *
 * Integral 1, peak about 0.4/σ. Smooth, full support. Yin et al., ICONS 2020, arXiv 2005.11633.
 *
 * @example
 * const fire = spike(gaussian({ sigma: 0.4 }))
 * await grad(fire)(tensor(0.25)).item() // 0.8204
 */
export const gaussian = /* @__PURE__ */ defineFactory(
  {
    kind: 'surrogate',
    name: 'gaussian',
    summary: 'Gaussian density: smooth, light tails',
    facts: { slope: 'N(u; 0, σ²)', integral: '1', use: 'second derivatives, light tails' },
    options,
  },
  (read) =>
    (settings: OptionsOf<typeof options> = {}): Surrogate => {
      const { sigma } = read(settings)
      const peak = 1 / (sigma * Math.sqrt(2 * Math.PI))
      return {
        name: 'gaussian',
        slope: (u) => mul(peak, exp(mul(-0.5 / (sigma * sigma), square(u)))),
        smoothness: Infinity,
        support: 'full',
      }
    },
)
