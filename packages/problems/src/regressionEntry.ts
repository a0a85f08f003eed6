/**
 * Only the regression problems, for pages that list them all: this entry loads no solver.
 *
 * @module regression
 */
export * from './regression/functionsOfPoints.js'
