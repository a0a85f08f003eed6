import { abs, add, div, mul, square } from '@spikeward/core'
import type { Surrogate } from '@spikeward/core'
import { checkNames, checkNumber } from '../options.js'

/**
 * Slope of a fast sigmoid: 1 / (1 + k|u|)², k = 25 by default.
 *
 * Integral 2/k, peak 1. A kink at 0, full support. Zenke & Ganguli, Neural Comput. 30 (2018), arXiv 1705.11146;
 * the name and the default are snnTorch's.
 *
 * @example
 * const fire = spike(fastSigmoid({ slope: 25 }))
 * await grad(fire)(tensor(0.25)).item() // 0.019
 */
export function fastSigmoid(options: { readonly slope?: number } = {}): Surrogate {
  checkNames('fastSigmoid', options, ['slope'])
  const k = checkNumber('fastSigmoid', 'slope', options.slope ?? 25, { min: 0, above: true })
  return {
    name: 'fastSigmoid',
    slope: (u) => div(1, square(add(1, mul(k, abs(u))))),
    smoothness: 0,
    support: 'full',
  }
}
