/**
 * Only the operators, for pages that list them all: this entry loads no single equation and no function of points.
 *
 * @module operators
 */
export * from './pde/operators.js'
export { operatorDefaults } from './defaults/operatorDefaults.js'
export type { NetworkDefaults, ProblemDefaults } from './defaults/problemDefaults.js'
export { genericSizes } from './defaults/genericSizes.js'
export { untunedDefaults } from './defaults/untunedDefaults.js'
