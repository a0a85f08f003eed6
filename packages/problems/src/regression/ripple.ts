import type { RegressionProblem } from '@spikeward/core'
import { gridRegression } from './gridRegression.js'
import { positive } from '../checks/positive.js'

/** Shape of the {@link ripple} and the sizes of its three sets. */
export type RippleOptions = {
  /** Angular wave number ω. Default 3π: a wave of length 2/3. */
  readonly frequency?: number
  /** Decay δ. Default 2. */
  readonly decay?: number
  /** Training points along each axis, ends included. Default 32; an even number never meets a test point. */
  readonly train?: number
  /** Test points along each axis, cell centres. Default 65. */
  readonly test?: number
  /** Scattered validation points. Default 1024. */
  readonly validation?: number
}

/**
 * A radial cosine that decays, on [−1, 1]²:
 *
 *     y(x) = cos(ω r) exp(−δ r²),   r² = x₁² + x₂²
 *
 * Smooth at the origin (both factors are functions of r²), and harder than the hat: more rings to resolve.
 *
 * @throws SPLITS_OVERLAP, INVALID_OPTION
 */
export function ripple(options: RippleOptions = {}): RegressionProblem {
  const { frequency = 3 * Math.PI, decay = 2, train = 32, test = 65, validation = 1024 } = options
  positive('ripple', 'frequency', frequency)
  positive('ripple', 'decay', decay)
  return gridRegression({
    name: 'ripple',
    domain: [
      [-1, 1],
      [-1, 1],
    ],
    outputs: 1,
    target: ([a = 0, b = 0]) => {
      const r2 = a * a + b * b
      return [Math.cos(frequency * Math.sqrt(r2)) * Math.exp(-decay * r2)]
    },
    train: [train, train],
    test: [test, test],
    validation,
  })
}
