/**
 * The tuned defaults of every problem; their data are next to the problem. {@link problemDefaults} derives the names:
 * `mexicanHatDefaults` are those of `mexican-hat`. `own` and `table` are an operator and a function of points from a file.
 * Written by `npm run docs:reference` from the folders of the problems.
 */
export { ownDataDefaults as ownDefaults } from '../operatorProblem/ownDataDefaults.js'
export * from './tunedEquations.js'
export * from './tunedOperators.js'
export * from './tunedRegression.js'
