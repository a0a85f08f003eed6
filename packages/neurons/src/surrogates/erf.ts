import type { Surrogate } from '@spikeward/core'
import { checkNames, checkNumber } from '../options.js'
import { gaussian } from './gaussian.js'

/**
 * Slope of (1 + erf(αu))/2: (α/√π) exp(−α²u²), α = 2 by default. It is {@link gaussian} with σ = 1/(α√2).
 *
 * Integral 1, peak α/√π. Smooth, full support. SpikingJelly's `Erf`.
 *
 * @example
 * const fire = spike(erf({ alpha: 2 }))
 * await grad(fire)(tensor(0.25)).item() // 0.8788
 */
export function erf(options: { readonly alpha?: number } = {}): Surrogate {
  checkNames('erf', options, ['alpha'])
  const alpha = checkNumber('erf', 'alpha', options.alpha ?? 2, { min: 0, above: true })
  return { ...gaussian({ sigma: Math.SQRT1_2 / alpha }), name: 'erf' }
}
