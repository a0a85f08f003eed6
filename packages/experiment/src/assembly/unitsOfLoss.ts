import type { RegressionProblem } from '@spikeward/core'
import { standardise } from '@spikeward/operators'

/**
 * The loss on data without a formula is in units of the outputs' deviations: data in pascals and in moles a second
 * train alike, and no output outweighs another. Classes have no unit.
 */
export const unitsOfLoss = (problem: RegressionProblem): { readonly units?: readonly number[] } =>
  problem.target === undefined && problem.window?.classes === undefined
    ? { units: standardise(problem.points('train')).scale }
    : {}
