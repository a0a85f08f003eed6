import { abs, add, div, mul, square, defineFactory, defineOptions, number } from '@spikeward/core'
import type { OptionsOf, Surrogate } from '@spikeward/core'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Sharpness k: integral 2/k; 25 by default. */
  slope: number({ min: 0, above: true, default: 25, help: 'sharpness k: integral 2/k' }),
}))

/**
 * Slope of a fast sigmoid: 1 / (1 + k|u|)², k = 25 by default.
 *
 * Integral 2/k, peak 1. A kink at 0, full support. Zenke & Ganguli, Neural Comput. 30 (2018), arXiv 1705.11146;
 * the name and the default are snnTorch's.
 *
 * @example
 * const fire = spike(fastSigmoid({ slope: 25 }))
 * await grad(fire)(tensor(0.25)).item() // 0.019
 */
export const fastSigmoid = /* @__PURE__ */ defineFactory(
  {
    kind: 'surrogate',
    name: 'fastSigmoid',
    summary: 'slope of a fast sigmoid, peak 1: a kink at the threshold',
    facts: { slope: '1 / (1 + k|u|)²', integral: '2/k', use: 'heavy tails and a sharp peak' },
    options,
  },
  (read) =>
    (settings: OptionsOf<typeof options> = {}): Surrogate => {
      const { slope: k } = read(settings)
      return {
        name: 'fastSigmoid',
        slope: (u) => div(1, square(add(1, mul(k, abs(u))))),
        smoothness: 0,
        support: 'full',
      }
    },
)
