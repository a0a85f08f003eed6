/**
 * The tuned defaults of functions of points; `table` is one from a file. Pages load these without those of operators.
 * Written by `npm run docs:reference` from the folders of the problems.
 */
export { mexicanHatDefaults } from '../regression/mexicanHat/defaults.js'
export { parabolaDefaults } from '../regression/parabola/defaults.js'
export { rippleDefaults } from '../regression/ripple/defaults.js'
export { tableDefaults } from '../regression/table/defaults.js'
