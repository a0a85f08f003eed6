import { cast, less, uniform } from '@spikeward/core'
import type { FloatDType, Key, Tensor } from '@spikeward/core'
import { checkNames, checkNumber } from '../options.js'
import type { Drive } from '../unroll.js'
import type { EncoderOptions } from './constantCurrent.js'

/**
 * Rate code: Bernoulli spikes, P(s_t = 1) = x clipped to [0, 1], independent over time and elements.
 *
 *     s_t = 1 where U_t < x,  U_t uniform in [0, 1) from `key`
 *
 * x has any shape; the spikes are [steps, …x.shape], binary, of x's dtype. They carry no derivative with respect to x.
 *
 * @example
 * const { current } = rateEncoding(key(0), tensor([0, 0.25, 1]), { steps: 4096 })
 * await rateReadout(current).data() // [0, 0.2551, 1]
 */
export function rateEncoding(key: Key, x: Tensor, options: EncoderOptions): Drive {
  checkNames('rateEncoding', options, ['steps'])
  const steps = checkNumber('rateEncoding', 'steps', options.steps, { min: 1, integer: true })
  const chance = uniform(key, [steps, ...x.shape], { dtype: x.dtype as FloatDType })
  return { current: cast(less(chance, x), x.dtype), duration: {} }
}
