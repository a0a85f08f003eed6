import { choice, defineFactory, defineOptions, integer, number } from '@spikeward/core'
import type { OptionsOf, RegressionProblem } from '@spikeward/core'
import { gridRegression } from '../gridRegression.js'
import { noiseOption } from '../withNoise.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** The function: cos(ω r) exp(−δ r²), or 0.25 sin 4πr + 0.5. Default `decaying`. */
  form: choice(['decaying', 'sine'], {
    default: 'decaying',
    help: 'the function: cos(ω r) exp(−δ r²), or 0.25 sin 4πr + 0.5, which ω and δ do not change',
  }),
  /** Angular wave number ω. Default 3π: a wave of length 2/3. */
  frequency: number({ min: 0, above: true, default: 3 * Math.PI, help: 'angular wave number ω' }),
  /** Decay δ. Default 2. */
  decay: number({ min: 0, above: true, default: 2, help: 'decay δ' }),
  /** Training points along each axis, ends included. Default 32; an even number never meets a test point. */
  train: integer({ min: 1, default: 32, help: 'training points along each axis, ends included' }),
  /** Test points along each axis, cell centres. Default 65. */
  test: integer({ min: 1, default: 65, help: 'test points along each axis, cell centres' }),
  /** Scattered validation points. Default 1024. */
  validation: integer({ min: 1, default: 1024, help: 'scattered validation points' }),
  /** Noise of the training targets, as a share of their standard deviation. Default 0. */
  noise: noiseOption(),
}))

/** Shape of the {@link ripple} and the sizes of its three sets. */
export type RippleOptions = OptionsOf<typeof options>

/**
 * A radial cosine that decays, on [−1, 1]²:
 *
 *     y(x) = cos(ω r) exp(−δ r²),   r² = x₁² + x₂²
 *
 * Smooth at the origin (both factors are functions of r²), and harder than the hat: more rings to resolve. The `sine`
 * form is that of arXiv 2511.06614, 0.25 sin 4πr + 0.5, which has a cone at the origin.
 *
 * @throws SPLITS_OVERLAP, INVALID_OPTION
 */
export const ripple = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'ripple',
    summary: 'a radial cosine of two variables that decays, on [−1, 1]²',
    options,
    facts: { target: 'cos(ω r) exp(−δ r²) on [−1, 1]²', kind: 'regression' },
  },
  (read) =>
    (settings: RippleOptions = {}): RegressionProblem => {
      const { form, frequency, decay, train, test, validation, noise } = read(settings)
      return gridRegression({
        name: 'ripple',
        domain: [
          [-1, 1],
          [-1, 1],
        ],
        outputs: 1,
        target: ([a = 0, b = 0]) => {
          const r2 = a * a + b * b
          if (form === 'sine') return [0.25 * Math.sin(4 * Math.PI * Math.sqrt(r2)) + 0.5]
          return [Math.cos(frequency * Math.sqrt(r2)) * Math.exp(-decay * r2)]
        },
        train: [train, train],
        test: [test, test],
        validation,
        noise,
      })
    },
)
