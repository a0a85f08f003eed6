import { abs, exp, mul } from '@spikeward/core'
import type { Surrogate } from '@spikeward/core'
import { checkNames, checkNumber } from '../options.js'

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
export function piecewiseExp(options: { readonly alpha?: number } = {}): Surrogate {
  checkNames('piecewiseExp', options, ['alpha'])
  const alpha = checkNumber('piecewiseExp', 'alpha', options.alpha ?? 1, { min: 0, above: true })
  return {
    name: 'piecewiseExp',
    slope: (u) => mul(alpha / 2, exp(mul(-alpha, abs(u)))),
    smoothness: 0,
    support: 'full',
  }
}
