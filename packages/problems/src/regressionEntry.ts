/**
 * Only the regression problems, for pages that list them all: this entry loads no solver.
 *
 * @module regression
 */
export { mexicanHat } from './regression/mexicanHat/problem.js'
export type { MexicanHatOptions } from './regression/mexicanHat/problem.js'
export { parabola } from './regression/parabola/problem.js'
export type { ParabolaOptions } from './regression/parabola/problem.js'
export { ripple } from './regression/ripple/problem.js'
export type { RippleOptions } from './regression/ripple/problem.js'
