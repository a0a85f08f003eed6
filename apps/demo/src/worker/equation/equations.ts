/** The part of the worker that it loads when the page needs equations. */
export { buildEquation } from './buildEquation.js'
export { wholeCatalogue } from './equationCatalogue.js'
