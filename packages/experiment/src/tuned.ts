/**
 * The settings that training starts from on each tuned problem: the best of the measured ones by the validation error.
 * Other problems take `untunedDefaults`. Problems are rows of the tables in `tuned/`, which inherit from those of their
 * kind.
 *
 * @module tuned
 */
import { equationDefaults } from './tuned/equations.js'
import { regressionDefaults, sequenceDefaults, tableDefaults } from './tuned/functionsOfPoints.js'
import { operatorDefaults, ownDefaults } from './tuned/operators.js'
import type { ProblemDefaults } from './tuned/problemDefaults.js'

export type { ByEstimator, EstimatorDefaults, NetworkDefaults, ProblemDefaults } from './tuned/problemDefaults.js'
export { equationDefaults, operatorDefaults, ownDefaults, regressionDefaults, sequenceDefaults, tableDefaults }
export { genericSizes } from './catalogue/kinds/networkSizes.js'
export { gridNetwork, untunedDefaults } from './tuned/untuned.js'

/**
 * Defaults by problem; `own` and `table` are those of an operator and of a function of points that are read from a
 * file.
 */
export const problemDefaults: Readonly<Record<string, ProblemDefaults>> = {
  ...operatorDefaults,
  ...equationDefaults,
  ...regressionDefaults,
  own: ownDefaults,
  table: tableDefaults,
  sequences: sequenceDefaults,
}
