import { type OptionsOf, type RegressionProblem, defineFactory, defineOptions, integer } from '@spikeward/core'
import { gridRegression } from '../gridRegression.js'
import { noiseOption } from '../withNoise.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  /** Training points, ends included. Default 100; an even number never meets a test point. */
  train: integer({ min: 1, default: 100, help: 'training points, ends included' }),
  /** Test points, cell centres. Default 201. */
  test: integer({ min: 1, default: 201, help: 'test points, cell centres' }),
  /** Scattered validation points. Default 100. */
  validation: integer({ min: 1, default: 100, help: 'scattered validation points' }),
  /** Noise of the training targets, as a share of their standard deviation. Default 0. */
  noise: noiseOption(),
}))

/** Sizes of the {@link parabola}'s three sets. */
export type ParabolaOptions = OptionsOf<typeof options>

/**
 * The parabola y = x² on [−1, 1]: the smallest problem, for first steps and quick tests.
 *
 * @throws SPLITS_OVERLAP, INVALID_OPTION
 * @example const { x, y, count } = parabola().points('train') // 100 points
 */
export const parabola = /* @__PURE__ */ defineFactory(
  {
    kind: 'problem',
    name: 'parabola',
    summary: 'y = x² on [−1, 1], 100 points: for first steps',
    options,
    facts: { target: 'x² on [−1, 1]', kind: 'regression' },
  },
  (read) =>
    (settings: ParabolaOptions = {}): RegressionProblem => {
      const { train, test, validation, noise } = read(settings)
      return gridRegression({
        name: 'parabola',
        domain: [[-1, 1]],
        outputs: 1,
        target: ([x = 0]) => [x * x],
        train: [train],
        test: [test],
        validation,
        noise,
      })
    },
)
