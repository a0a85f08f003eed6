import { SpikewardError, abs, add, cos, less, mul, where } from '@spikeward/core'
import type { Surrogate } from '@spikeward/core'

/** Options of {@link raisedCosine}. */
export type RaisedCosineOptions = {
  /** w, how far from the threshold the slope reaches, default 1. */
  readonly width?: number
}

/**
 * A slope of compact support without a corner: (1 + cos(πu/w))/(2w) for |u| < w, else 0. Its area is 1. The slope and
 * its derivative are continuous; the second derivative jumps at ±w.
 *
 * @throws INVALID_OPTION
 * @example const fire = spike(raisedCosine({ width: 0.5 }))
 */
export function raisedCosine(options: RaisedCosineOptions = {}): Surrogate {
  const { width = 1 } = options
  if (!Number.isFinite(width) || width <= 0) {
    throw new SpikewardError('INVALID_OPTION', `raisedCosine: width is ${width}; give a number above 0`)
  }
  return {
    name: 'raisedCosine',
    slope: (u) => where(less(abs(u), width), mul(add(cos(mul(u, Math.PI / width)), 1), 1 / (2 * width)), 0),
    smoothness: 1,
    support: 'compact',
  }
}
