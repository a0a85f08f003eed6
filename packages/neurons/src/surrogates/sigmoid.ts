import { abs, add, div, exp, mul, square } from '@spikeward/core'
import type { Surrogate } from '@spikeward/core'
import { checkNames, checkNumber } from '../options.js'

/**
 * Slope of the logistic function: k σ(ku) σ(−ku), k = 25 by default (snnTorch's; SpikingJelly's is 4).
 *
 * Computed as k q/(1 + q)² with q = exp(−k|u|): no digits are lost far from the threshold, and nothing overflows.
 * Integral 1, peak k/4. Smooth, full support (exponential tails).
 *
 * @example
 * const fire = spike(sigmoid({ slope: 25 }))
 * await grad(fire)(tensor(0.25)).item() // 0.0481
 */
export function sigmoid(options: { readonly slope?: number } = {}): Surrogate {
  checkNames('sigmoid', options, ['slope'])
  const k = checkNumber('sigmoid', 'slope', options.slope ?? 25, { min: 0, above: true })
  return {
    name: 'sigmoid',
    slope(u) {
      const q = exp(mul(-k, abs(u)))
      return div(mul(k, q), square(add(1, q)))
    },
    smoothness: Infinity,
    support: 'full',
  }
}
