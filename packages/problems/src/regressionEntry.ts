/**
 * Only the regression problems, for pages that list them all: this entry loads no solver.
 *
 * @module regression
 */
export { mexicanHat } from './regression/mexicanHat.js'
export { parabola } from './regression/parabola.js'
export { ripple } from './regression/ripple.js'
export { regressionDefaults } from './defaults/regressionDefaults.js'
export type { ProblemDefaults } from './defaults/problemDefaults.js'
