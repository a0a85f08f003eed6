/**
 * The tuned defaults of operators. Pages load these without those of single equations.
 * Written by `npm run docs:reference` from the folders of the problems.
 */
export { advectionDefaults } from '../pde/advection/defaults.js'
export { advectionDiffusionDefaults } from '../pde/advectionDiffusion/defaults.js'
export { burgersDefaults } from '../pde/burgers/defaults.js'
export { darcy2dDefaults } from '../pde/darcy2d/defaults.js'
export { diffusionDefaults } from '../pde/diffusion/defaults.js'
export { nagumoDefaults } from '../pde/nagumo/defaults.js'
export { navierStokesDefaults } from '../pde/navierStokes/defaults.js'
export { nonlinearDiffusion2dDefaults } from '../pde/nonlinearDiffusion2d/defaults.js'
export { poisson1dDefaults } from '../pde/poisson1d/defaults.js'
export { reactionDiffusionDefaults } from '../pde/reactionDiffusion/defaults.js'
