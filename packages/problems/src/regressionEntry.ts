/**
 * Only the regression problems, for pages that list them all: this entry loads no solver.
 *
 * @module regression
 */
export { mexicanHat, type MexicanHatOptions } from './regression/mexicanHat/problem.js'
export { parabola, type ParabolaOptions } from './regression/parabola/problem.js'
export { ripple, type RippleOptions } from './regression/ripple/problem.js'
