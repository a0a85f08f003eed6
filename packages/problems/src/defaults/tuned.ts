/**
 * The tuned defaults of every problem; their data are next to the problem. {@link problemDefaults} derives the names:
 * `mexicanHatDefaults` are those of `mexican-hat`. `own` and `table` are an operator and a function of points from a file.
 * Written by `npm run docs:reference` from the folders of the problems.
 */
export { ownDataDefaults as ownDefaults } from '../operatorProblem/ownDataDefaults.js'
export { advectionDefaults } from '../pde/advection/defaults.js'
export { burgersDefaults } from '../pde/burgers/defaults.js'
export { darcy2dDefaults } from '../pde/darcy2d/defaults.js'
export { diffusionDefaults } from '../pde/diffusion/defaults.js'
export { nonlinearDiffusion2dDefaults } from '../pde/nonlinearDiffusion2d/defaults.js'
export { poisson1dDefaults } from '../pde/poisson1d/defaults.js'
export { reactionDiffusionDefaults } from '../pde/reactionDiffusion/defaults.js'
export * from './tunedEquations.js'
export * from './tunedRegression.js'
