/**
 * The part of the worker that it loads after the first picture: equations and operators, and answers about networks. It
 * is one file, since parts that two files share would be loaded before it.
 */
export { buildExperiment } from './buildExperiment.js'
export { makeQuestions } from './questions.js'
export { wholeCatalogue } from './wholeCatalogue.js'
