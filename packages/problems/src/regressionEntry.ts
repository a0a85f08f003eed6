/**
 * The regression problems alone, for pages that list them all: an import of everything here loads no solver.
 *
 * @module regression
 */
export { mexicanHat } from './regression/mexicanHat.js'
export { parabola } from './regression/parabola.js'
export { ripple } from './regression/ripple.js'
