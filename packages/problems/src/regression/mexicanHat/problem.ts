import { type OptionsOf, type RegressionProblem, defineFactory, defineOptions, integer, number } from '@spikeward/core'
import { gridRegression } from '../gridRegression.js'
import { noiseOption } from '../withNoise.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Width s of the hat, in units of x. Default 0.4; 0.8 is the flatter hat of Wan, Zhang and Karniadakis. */
  s: number({ min: 0, above: true, default: 0.4, help: 'width s of the hat, in units of x' }),
  /** Training points along each axis, ends included. Default 32; an even number never meets a test point. */
  train: integer({ min: 1, default: 32, help: 'training points along each axis, ends included' }),
  /** Test points along each axis, cell centres. Default 65. */
  test: integer({ min: 1, default: 65, help: 'test points along each axis, cell centres' }),
  /** Scattered validation points. Default 1024. */
  validation: integer({ min: 1, default: 1024, help: 'scattered validation points' }),
  /** Noise of the training targets, as a share of their standard deviation. Default 0. */
  noise: noiseOption(),
}))

/** Width of the {@link mexicanHat} and the sizes of its three sets. */
export type MexicanHatOptions = OptionsOf<typeof options>

/**
 * The Mexican hat (Ricker wavelet) of two variables on [−1, 1]²:
 *
 *     y(x) = (1 − r²/2s²) exp(−r²/2s²) / (π s⁴),   r² = x₁² + x₂²
 *
 * Its values run from about 12.4 at the origin to −1.7 on the ring r = 2s (s = 0.4).
 *
 * @throws SPLITS_OVERLAP, INVALID_OPTION
 * @see Wan, Zhang and Karniadakis, arXiv 2411.07057. Their point sets and widths are not public. s = 0.4 and the sets
 *   here are ours: errors on this problem cannot be compared with theirs.
 * @example const test = mexicanHat({ s: 0.8 }).points('test') // 65 × 65 points
 */
export const mexicanHat = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'mexicanHat',
    summary: 'Mexican hat (Ricker wavelet) of two variables on [−1, 1]²',
    options,
    facts: { target: '(1 − r²/2s²) exp(−r²/2s²)/(π s⁴) on [−1, 1]²', kind: 'regression' },
  },
  (read) =>
    (settings: MexicanHatOptions = {}): RegressionProblem => {
      const { s, train, test, validation, noise } = read(settings)
      return gridRegression({
        name: 'mexican-hat',
        domain: [
          [-1, 1],
          [-1, 1],
        ],
        outputs: 1,
        target: ([a = 0, b = 0]) => {
          const q = (a * a + b * b) / (2 * s * s)
          return [((1 - q) * Math.exp(-q)) / (Math.PI * s ** 4)]
        },
        train: [train, train],
        test: [test, test],
        validation,
        noise,
      })
    },
)
