/**
 * The settings that training starts from on each problem: the best measured on its validation functions or points. Only
 * data, next to its problem: `pde/<name>/defaults.ts`, `regression/<name>/defaults.ts`.
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
export { untunedDefaults } from './defaults/untunedDefaults.js'

/** Defaults by problem; `own` and `table` are those of an operator and of a function of points that a file gives. */
export const problemDefaults = byProblem(tuned)
