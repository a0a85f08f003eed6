import { add, cast, clip, equal, floor, greater, iota, logicalAnd, mul, sub } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { checkNames, checkNumber } from '../options.js'
import type { Drive } from '../unroll.js'
import type { EncoderOptions } from './constantCurrent.js'

/** Options of {@link latencyEncoding}. */
export interface LatencyOptions extends EncoderOptions {
  /** Elements at or below it never fire; 0 by default. */
  readonly silentBelow?: number
}

/**
 * Latency code: each element fires once, the earlier the larger it is.
 *
 *     t = round((1 − x)(steps − 1)),  x clipped to [0, 1];  no spike where x ≤ silentBelow
 *
 * x has any shape; the spikes are [steps, …x.shape], binary, of x's dtype. They carry no derivative with respect to x.
 *
 * @example
 * const { current } = latencyEncoding(tensor([1, 0.5, 0]), { steps: 3 })
 * await current.data() // [1, 0, 0, 0, 1, 0, 0, 0, 0]
 */
export function latencyEncoding(x: Tensor, options: LatencyOptions): Drive {
  checkNames('latencyEncoding', options, ['steps', 'silentBelow'])
  const steps = checkNumber('latencyEncoding', 'steps', options.steps, { min: 1, integer: true })
  const silentBelow = checkNumber('latencyEncoding', 'silentBelow', options.silentBelow ?? 0)
  const at = floor(add(mul(sub(1, clip(x, 0, 1)), steps - 1), 0.5))
  const time = iota([steps, ...x.shape.map(() => 1)], 0, x.dtype)
  return { current: cast(logicalAnd(equal(time, at), greater(x, silentBelow)), x.dtype), duration: {} }
}
