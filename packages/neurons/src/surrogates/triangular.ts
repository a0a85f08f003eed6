import { abs, maximum, mul, sub } from '@spikeward/core'
import type { Surrogate } from '@spikeward/core'
import { checkNames, checkNumber } from '../options.js'

/**
 * Triangle: α max(0, 1 − α|u|), α = 1 by default.
 *
 * Integral 1, peak α. Kinks at 0 and ±1/α, compact support |u| < 1/α. Esser et al., PNAS 113 (2016);
 * SpikingJelly's `PiecewiseQuadratic`.
 *
 * @example
 * const fire = spike(triangular({ alpha: 1 }))
 * await grad(fire)(tensor(0.25)).item() // 0.75
 */
export function triangular(options: { readonly alpha?: number } = {}): Surrogate {
  checkNames('triangular', options, ['alpha'])
  const alpha = checkNumber('triangular', 'alpha', options.alpha ?? 1, { min: 0, above: true })
  return {
    name: 'triangular',
    slope: (u) => maximum(sub(alpha, mul(alpha * alpha, abs(u))), 0),
    smoothness: 0,
    support: 'compact',
  }
}
