/**
 * Only the single equations, for pages that list them all: this entry loads no operator and no function of points.
 *
 * @module equations
 */
export * from './pde/singleEquations.js'
