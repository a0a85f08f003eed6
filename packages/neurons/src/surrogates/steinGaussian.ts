import { type OptionsOf, type Surrogate, defineFactory, defineOptions, number } from '@spikeward/core'
import { gaussian } from './gaussian.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Standard deviation σ of the membrane noise; 0.4 by default. */
  sigma: number({ min: 0, above: true, default: 0.4, help: 'standard deviation σ of the membrane noise' }),
}))

/**
 * Stein's weak form of the step's derivative under Gaussian noise, in closed form:
 *
 *     d/du E[H(u + ε)] = E[ε H(u + ε)]/σ² = N(u; 0, σ²),  ε ~ N(0, σ²)
 *
 * The first equality is Stein's lemma, the second the derivative of Φ(u/σ): it *is* {@link gaussian}, σ = 0.4 by
 * default. Smooth, full support. `steinMonteCarlo` samples the middle term. Wan, Zhang & Karniadakis, Neural Networks
 * (2026), arXiv 2411.07057.
 *
 * @example
 * const fire = spike(steinGaussian({ sigma: 0.4 }))
 * await grad(fire)(tensor(0.25)).item() // 0.8204
 */
export const steinGaussian = /* @__PURE__ */ defineFactory(
  {
    kind: 'surrogate',
    name: 'steinGaussian',
    summary: "Stein's weak derivative under Gaussian noise, in closed form",
    facts: { slope: 'E[ε H(u + ε)]/σ² = N(u; 0, σ²)', integral: '1', use: 'the exact expectation of a noisy step' },
    options,
  },
  (read) =>
    (settings: OptionsOf<typeof options> = {}): Surrogate => {
      return { ...gaussian(read(settings)), name: 'steinGaussian' }
    },
)
