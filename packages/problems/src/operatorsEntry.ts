/**
 * Only the operators, for pages that list them all: this entry loads no single equation and no function of points.
 *
 * @module operators
 */
export * from './pde/operators.js'
