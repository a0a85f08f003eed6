import { exp, mul, square } from '@spikeward/core'
import type { Surrogate } from '@spikeward/core'
import { checkNames, checkNumber } from '../options.js'

/**
 * Gaussian density: N(u; 0, σ²) = exp(−u²/(2σ²)) / (σ√(2π)), σ = 0.4 by default.
 *
 * Integral 1, peak about 0.4/σ. Smooth, full support. Yin et al., ICONS 2020, arXiv 2005.11633.
 *
 * @example
 * const fire = spike(gaussian({ sigma: 0.4 }))
 * await grad(fire)(tensor(0.25)).item() // 0.8204
 */
export function gaussian(options: { readonly sigma?: number } = {}): Surrogate {
  checkNames('gaussian', options, ['sigma'])
  const sigma = checkNumber('gaussian', 'sigma', options.sigma ?? 0.4, { min: 0, above: true })
  const peak = 1 / (sigma * Math.sqrt(2 * Math.PI))
  return {
    name: 'gaussian',
    slope: (u) => mul(peak, exp(mul(-0.5 / (sigma * sigma), square(u)))),
    smoothness: Infinity,
    support: 'full',
  }
}
