import { abs, add, div, square } from '@spikeward/core'
import type { Surrogate } from '@spikeward/core'
import { checkNames, checkNumber } from '../options.js'

/**
 * SuperSpike: α / (1 + |u|)², α = 1 by default.
 *
 * Integral 2α, peak α. A kink at 0, full support. SpikingJelly's `SuperSpike`; Zenke & Ganguli, Neural Comput. 30
 * (2018), arXiv 1705.11146, scale u instead of the slope: that is `fastSigmoid`.
 *
 * @example
 * const fire = spike(superSpike({ alpha: 1 }))
 * await grad(fire)(tensor(0.25)).item() // 0.64
 */
export function superSpike(options: { readonly alpha?: number } = {}): Surrogate {
  checkNames('superSpike', options, ['alpha'])
  const alpha = checkNumber('superSpike', 'alpha', options.alpha ?? 1, { min: 0, above: true })
  return {
    name: 'superSpike',
    slope: (u) => div(alpha, square(add(1, abs(u)))),
    smoothness: 0,
    support: 'full',
  }
}
