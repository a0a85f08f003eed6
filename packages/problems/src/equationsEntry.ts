/**
 * Only the single equations, for pages that list them all: this entry loads no operator and no function of points.
 *
 * @module equations
 */
export * from './pde/singleEquations.js'
export { equationDefaults } from './defaults/equationDefaults.js'
export type { ProblemDefaults } from './defaults/problemDefaults.js'
export { untunedDefaults } from './defaults/untunedDefaults.js'
