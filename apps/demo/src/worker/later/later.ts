/**
 * The part of the worker that it loads after the first picture: equations and operators, which the package of experiments
 * assembles, and chips. It is one file, since parts that two files share would be loaded before it.
 */
export { buildExperiment } from './buildExperiment.js'
export { makeExport } from './makeExport.js'
export { makeOnChip } from './makeOnChip.js'
export { makeOperators } from './makeOperators.js'
export { wholeCatalogue } from './wholeCatalogue.js'
