import type { RegressionProblem } from '@spikeward/core'
import { gridRegression } from './gridRegression.js'

/** Sizes of the {@link parabola}'s three sets. */
export type ParabolaOptions = {
  /** Training points, ends included. Default 100; an even number never meets a test point. */
  readonly train?: number
  /** Test points, cell centres. Default 201. */
  readonly test?: number
  /** Scattered validation points. Default 100. */
  readonly validation?: number
}

/**
 * The parabola y = x² on [−1, 1]: the smallest problem there is, for first steps and quick tests.
 *
 * @throws SPLITS_OVERLAP, INVALID_OPTION
 * @example const { x, y, count } = parabola().points('train') // 100 points
 */
export const parabola = ({ train = 100, test = 201, validation = 100 }: ParabolaOptions = {}): RegressionProblem =>
  gridRegression({
    name: 'parabola',
    domain: [[-1, 1]],
    outputs: 1,
    target: ([x = 0]) => [x * x],
    train: [train],
    test: [test],
    validation,
  })
