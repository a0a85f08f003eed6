import type { Surrogate } from '@spikeward/core'
import { checkNames } from '../options.js'
import { gaussian } from './gaussian.js'

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
export function steinGaussian(options: { readonly sigma?: number } = {}): Surrogate {
  checkNames('steinGaussian', options, ['sigma'])
  return { ...gaussian(options), name: 'steinGaussian' }
}
