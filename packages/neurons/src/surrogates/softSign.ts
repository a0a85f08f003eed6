import { abs, add, div, mul, square, defineFactory, defineOptions, number } from '@spikeward/core'
import type { OptionsOf, Surrogate } from '@spikeward/core'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Sharpness α: peak α/2; 2 by default. */
  alpha: number({ min: 0, above: true, default: 2, help: 'sharpness α: peak α/2' }),
}))

/**
 * Slope of (1 + αu/(1 + |αu|))/2: (α/2) / (1 + α|u|)², α = 2 by default.
 *
 * Integral 1, peak α/2: `fastSigmoid` made a density. A kink at 0, full support. SpikingJelly's `SoftSign`.
 *
 * @example
 * const fire = spike(softSign({ alpha: 2 }))
 * await grad(fire)(tensor(0.25)).item() // 0.4444
 */
export const softSign = /* @__PURE__ */ defineFactory(
  {
    kind: 'surrogate',
    name: 'softSign',
    summary: 'slope of a soft sign: a fast sigmoid of integral 1',
    facts: { slope: '(α/2) / (1 + α|u|)²', integral: '1', use: 'a fast sigmoid of integral 1' },
    options,
  },
  (read) =>
    (settings: OptionsOf<typeof options> = {}): Surrogate => {
      const { alpha } = read(settings)
      return {
        name: 'softSign',
        slope: (u) => div(alpha / 2, square(add(1, mul(alpha, abs(u))))),
        smoothness: 0,
        support: 'full',
      }
    },
)
