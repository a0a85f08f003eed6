import { abs, cast, less, mul } from '@spikeward/core'
import type { Surrogate } from '@spikeward/core'
import { checkNames, checkNumber } from '../options.js'

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
export function boxcar(options: { readonly alpha?: number } = {}): Surrogate {
  checkNames('boxcar', options, ['alpha'])
  const alpha = checkNumber('boxcar', 'alpha', options.alpha ?? 1, { min: 0, above: true })
  return {
    name: 'boxcar',
    slope: (u) => mul(alpha, cast(less(abs(u), 0.5 / alpha), u.dtype)),
    smoothness: -1,
    support: 'compact',
  }
}
