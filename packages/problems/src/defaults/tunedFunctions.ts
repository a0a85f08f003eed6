/** The tuned defaults of functions of points; `table` is one from a file. Pages load these without those of operators. */
export { mexicanHatDefaults } from '../regression/mexicanHatDefaults.js'
export { parabolaDefaults } from '../regression/parabolaDefaults.js'
export { rippleDefaults } from '../regression/rippleDefaults.js'
export { tableDefaults } from '../regression/tableDefaults.js'
