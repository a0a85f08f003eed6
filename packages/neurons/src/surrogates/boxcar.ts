import { abs, cast, less, mul, defineFactory, defineOptions, number } from '@spikeward/core'
import type { OptionsOf, Surrogate } from '@spikeward/core'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Height α, width 1/α; 1 by default. */
  alpha: number({ min: 0, above: true, default: 1, help: 'height α, width 1/α' }),
}))

/**
 * Boxcar: α where |u| < 1/(2α), else 0; α = 1 by default.
 *
 * Integral 1, peak α. It jumps at ±1/(2α): **its second derivative is zero everywhere**, so no second derivative
 * passes through such a spike. Compact support. Wu et al., Front. Neurosci. 12 (2018), arXiv 1706.02609;
 * SpikingJelly's `Rect`.
 *
 * @example
 * const fire = spike(boxcar({ alpha: 1 }))
 * await grad(fire)(tensor(0.25)).item() // 1
 */
export const boxcar = /* @__PURE__ */ defineFactory(
  {
    kind: 'surrogate',
    name: 'boxcar',
    summary: 'boxcar: constant near the threshold, no second derivative',
    facts: { slope: 'α where |u| < 1/(2α), else 0', integral: '1', use: 'speed, where no second derivative is needed' },
    options,
  },
  (read) =>
    (settings: OptionsOf<typeof options> = {}): Surrogate => {
      const { alpha } = read(settings)
      return {
        name: 'boxcar',
        slope: (u) => mul(alpha, cast(less(abs(u), 0.5 / alpha), u.dtype)),
        smoothness: -1,
        support: 'compact',
      }
    },
)
