/**
 * Only the regression problems, for pages that list them all: this entry loads no solver.
 *
 * @module regression
 */
export * from './regression/functionsOfPoints.js'
export { regressionDefaults } from './defaults/regressionDefaults.js'
export type { ProblemDefaults } from './defaults/problemDefaults.js'
