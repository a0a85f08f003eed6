import type { Tensor } from '@spikeward/core'
import { checkNames, checkNumber } from '../options.js'
import type { Drive } from '../unroll.js'

/** Options of the encoders. */
export interface EncoderOptions {
  /** Number of time steps. */
  readonly steps: number
}

/**
 * Constant current: x itself at every step, x_t = x. Nothing is copied per step, and x keeps its derivative.
 *
 * @example
 * const { current, duration } = constantCurrent(tensor([0.5]), { steps: 16 })
 * ;[await current.item(), duration.steps] // [0.5, 16]
 */
export function constantCurrent(x: Tensor, options: EncoderOptions): Drive {
  checkNames('constantCurrent', options, ['steps'])
  const steps = checkNumber('constantCurrent', 'steps', options.steps, { min: 1, integer: true })
  return { current: x, duration: { steps } }
}
