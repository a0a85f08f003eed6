import type { RegressionProblem } from '@spikeward/core'
import { mexicanHat, parabola, ripple } from '@spikeward/problems'
import type { Catalogue } from './entry.js'

/** What can be learned. */
export const problems = {
  parabola: { about: 'y = x² on [−1, 1], 100 points: for first steps', make: () => parabola() },
  'mexican-hat': {
    about: 'Mexican hat (Ricker wavelet) of two variables, s = 0.4, 32×32 points',
    make: () => mexicanHat(),
  },
  ripple: { about: 'a decaying radial cosine of two variables, 32×32 points', make: () => ripple() },
} satisfies Catalogue<() => RegressionProblem>
