/**
 * The tuned defaults of every problem; their data are next to the problem. {@link problemDefaults} derives the names:
 * `mexicanHatDefaults` are those of `mexican-hat`. `own` and `table` are an operator and a function of points from a file.
 * Written by `npm run docs:reference` from the folders of the problems.
 */
export { ownDataDefaults as ownDefaults } from '../operatorProblem/ownDataDefaults.js'
export { advectionDefaults } from '../pde/advection/defaults.js'
export { allenCahnDefaults } from '../pde/allenCahn/defaults.js'
export { burgersDefaults } from '../pde/burgers/defaults.js'
export { burgersPinnDefaults } from '../pde/burgersPinn/defaults.js'
export { darcy2dDefaults } from '../pde/darcy2d/defaults.js'
export { diffusionDefaults } from '../pde/diffusion/defaults.js'
export { elasticity2dDefaults } from '../pde/elasticity2d/defaults.js'
export { heat1dDefaults } from '../pde/heat1d/defaults.js'
export { helmholtz2dDefaults } from '../pde/helmholtz2d/defaults.js'
export { inverseBurgersDefaults } from '../pde/inverseBurgers/defaults.js'
export { inversePoissonDefaults } from '../pde/inversePoisson/defaults.js'
export { kovasznayDefaults } from '../pde/kovasznay/defaults.js'
export { lidDrivenCavityDefaults } from '../pde/lidDrivenCavity/defaults.js'
export { nonlinearDiffusion2dDefaults } from '../pde/nonlinearDiffusion2d/defaults.js'
export { poisson1dDefaults } from '../pde/poisson1d/defaults.js'
export { poisson2dDefaults } from '../pde/poisson2d/defaults.js'
export { poissonPinnDefaults } from '../pde/poissonPinn/defaults.js'
export { reactionDiffusionDefaults } from '../pde/reactionDiffusion/defaults.js'
export { taylorGreenDefaults } from '../pde/taylorGreen/defaults.js'
export { wave1dDefaults } from '../pde/wave1d/defaults.js'
export * from './tunedRegression.js'
