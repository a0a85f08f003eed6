import { abs, add, div, exp, mul, square, defineFactory, defineOptions, number } from '@spikeward/core'
import type { OptionsOf, Surrogate } from '@spikeward/core'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Sharpness k: peak k/4; 25 by default. */
  slope: number({ min: 0, above: true, default: 25, help: 'sharpness k: peak k/4' }),
}))

/**
 * Slope of the logistic function: k σ(ku) σ(−ku), k = 25 by default (snnTorch's; SpikingJelly's is 4).
 *
 * Computed as k q/(1 + q)² with q = exp(−k|u|): no digits are lost far from the threshold, and nothing overflows.
 * Integral 1, peak k/4. Smooth, full support (exponential tails).
 *
 * @example
 * const fire = spike(logistic({ slope: 25 }))
 * await grad(fire)(tensor(0.25)).item() // 0.0481
 */
export const logistic = /* @__PURE__ */ defineFactory(
  {
    kind: 'surrogate',
    name: 'logistic',
    aliases: ['sigmoid'],
    summary: 'slope of the logistic function: smooth, exponential tails',
    facts: { slope: 'k σ(ku) σ(−ku)', integral: '1', use: 'second derivatives, exponential tails' },
    options,
  },
  (read) =>
    (settings: OptionsOf<typeof options> = {}): Surrogate => {
      const { slope: k } = read(settings)
      return {
        name: 'logistic',
        slope(u) {
          const q = exp(mul(-k, abs(u)))
          return div(mul(k, q), square(add(1, q)))
        },
        smoothness: Infinity,
        support: 'full',
      }
    },
)
