/**
 * The settings that training starts from on each tuned problem: the best of the measured ones by the validation error. Other
 * problems take `untunedDefaults`. Tuned ones are data next to the problem: `pde/<name>/defaults.ts`, `regression/<name>/defaults.ts`.
 *
 * @module defaults
 */
import { byProblem } from './defaults/byProblem.js'
import * as tuned from './defaults/tuned.js'

export type {
  ByEstimator,
  EstimatorDefaults,
  NetworkDefaults,
  ProblemDefaults,
  Widths,
} from './defaults/problemDefaults.js'

export { ownDefaults, tableDefaults } from './defaults/tuned.js'
export { genericSizes } from './defaults/genericSizes.js'
export { untunedDefaults } from './defaults/untunedDefaults.js'

/**
 * Defaults by problem; `own` and `table` are those of an operator and of a function of points that are read from a
 * file.
 */
export const problemDefaults = byProblem(tuned)
