import { add, div, mul, square } from '@spikeward/core'
import type { Surrogate } from '@spikeward/core'
import { checkNames, checkNumber } from '../options.js'

/**
 * Slope of an arctangent: (α/2) / (1 + (παu/2)²), α = 2 by default.
 *
 * Integral 1, peak α/2. Smooth, full support (tails of order 1/u²). Fang et al., ICCV 2021, arXiv 2007.05785.
 *
 * @example
 * const fire = spike(atan({ alpha: 2 }))
 * await grad(fire)(tensor(0.25)).item() // 0.6185
 */
export function atan(options: { readonly alpha?: number } = {}): Surrogate {
  checkNames('atan', options, ['alpha'])
  const alpha = checkNumber('atan', 'alpha', options.alpha ?? 2, { min: 0, above: true })
  return {
    name: 'atan',
    slope: (u) => div(alpha / 2, add(1, square(mul((Math.PI / 2) * alpha, u)))),
    smoothness: Infinity,
    support: 'full',
  }
}
