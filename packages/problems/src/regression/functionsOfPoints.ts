/** The functions of points: what the package and its entry for pages export of them. */
export { mexicanHat } from './mexicanHat/problem.js'
export type { MexicanHatOptions } from './mexicanHat/problem.js'
export { parabola } from './parabola/problem.js'
export type { ParabolaOptions } from './parabola/problem.js'
export { ripple } from './ripple/problem.js'
export type { RippleOptions } from './ripple/problem.js'
