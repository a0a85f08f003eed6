import { cast, customJvp, greater, greaterEqual, mul } from '@spikeward/core'
import type { Spike, Surrogate, Tensor } from '@spikeward/core'
import { checkNames } from './options.js'

/** Options of {@link spike}. */
export interface SpikeOptions {
  /** H(0): whether a membrane exactly at its threshold fires (1) or not (0, the default). */
  readonly atThreshold?: 0 | 1
}

/**
 * The spike function: a step whose derivative is the slope of a surrogate.
 *
 *     s = H(u),  H(u) = 1 for u > 0, 0 for u < 0, `atThreshold` for u = 0
 *     ṡ = slope(u) · u̇
 *
 * u = membrane − threshold, of any shape; the result has its shape and dtype and is known to be binary. Forward mode,
 * reverse mode, `vmap` and second derivatives (which differentiate the slope) all pass through it.
 * H(0): 0 is snnTorch's and Norse's convention, 1 is SpikingJelly's.
 *
 * @example
 * const fire = spike(atan({ alpha: 2 }))
 * await fire(tensor([-0.5, 0, 0.5])).data() // [0, 0, 1]
 */
export function spike(surrogate: Surrogate, options: SpikeOptions = {}): Spike {
  checkNames('spike', options, ['atThreshold'])
  const fires = options.atThreshold === 1 ? greaterEqual : greater
  const heaviside = (u: Tensor): Tensor => cast(fires(u, 0), u.dtype)
  return customJvp(heaviside, ([u], [du]) => [heaviside(u!), mul(surrogate.slope(u!), du!)])
}
