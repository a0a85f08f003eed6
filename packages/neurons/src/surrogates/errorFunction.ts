import { type OptionsOf, type Surrogate, defineFactory, defineOptions, number } from '@spikeward/core'
import { gaussian } from './gaussian.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Sharpness α: peak α/√π; 2 by default. */
  alpha: number({ min: 0, above: true, default: 2, help: 'sharpness α: peak α/√π' }),
}))

/**
 * Slope of (1 + erf(αu))/2: (α/√π) exp(−α²u²), α = 2 by default. It is {@link gaussian} with σ = 1/(α√2).
 *
 * Integral 1, peak α/√π. Smooth, full support. SpikingJelly's `Erf`.
 *
 * @example
 * const fire = spike(errorFunction({ alpha: 2 }))
 * await grad(fire)(tensor(0.25)).item() // 0.8788
 */
export const errorFunction = /* @__PURE__ */ defineFactory(
  {
    kind: 'surrogate',
    name: 'errorFunction',
    aliases: ['erf'],
    summary: 'slope of an error function: a Gaussian by its sharpness',
    facts: { slope: '(α/√π) exp(−α²u²)', integral: '1', use: 'a Gaussian given by its sharpness' },
    options,
  },
  (read) =>
    (settings: OptionsOf<typeof options> = {}): Surrogate => {
      const { alpha } = read(settings)
      return { ...gaussian({ sigma: Math.SQRT1_2 / alpha }), name: 'errorFunction' }
    },
)
