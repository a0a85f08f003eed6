import { abs, add, div, mul, square } from '@spikeward/core'
import type { Surrogate } from '@spikeward/core'
import { checkNames, checkNumber } from '../options.js'

/**
 * Slope of (1 + αu/(1 + |αu|))/2: (α/2) / (1 + α|u|)², α = 2 by default.
 *
 * Integral 1, peak α/2: `fastSigmoid` made a density. A kink at 0, full support. SpikingJelly's `SoftSign`.
 *
 * @example
 * const fire = spike(softSign({ alpha: 2 }))
 * await grad(fire)(tensor(0.25)).item() // 0.4444
 */
export function softSign(options: { readonly alpha?: number } = {}): Surrogate {
  checkNames('softSign', options, ['alpha'])
  const alpha = checkNumber('softSign', 'alpha', options.alpha ?? 2, { min: 0, above: true })
  return {
    name: 'softSign',
    slope: (u) => div(alpha / 2, square(add(1, mul(alpha, abs(u))))),
    smoothness: 0,
    support: 'full',
  }
}
