/**
 * Only the operators, for pages that list them all: this entry loads no single equation and no function of points.
 *
 * @module operators
 */
export { advection, type AdvectionOptions } from './pde/advection/problem.js'
export { advectionDiffusion, type AdvectionDiffusionOptions } from './pde/advectionDiffusion/problem.js'
export { advectionJumps, type AdvectionJumpsOptions } from './pde/advectionJumps/problem.js'
export { allenCahn2d, type AllenCahn2dOptions } from './pde/allenCahn2d/problem.js'
export { burgers, type BurgersOptions } from './pde/burgers/problem.js'
export { burgersFno, type BurgersFnoOptions } from './pde/burgersFno/problem.js'
export { burgersSharp, type BurgersSharpOptions } from './pde/burgersSharp/problem.js'
export { darcy2d, type Darcy2dOptions } from './pde/darcy2d/problem.js'
export { diffusion, type DiffusionOptions } from './pde/diffusion/problem.js'
export { grayScott, type GrayScottOptions } from './pde/grayScott/problem.js'
export { kuramotoSivashinsky, type KuramotoSivashinskyOptions } from './pde/kuramotoSivashinsky/problem.js'
export { nagumo, type NagumoOptions } from './pde/nagumo/problem.js'
export { nagumo2d, type Nagumo2dOptions } from './pde/nagumo2d/problem.js'
export { navierStokes, type NavierStokesOptions } from './pde/navierStokes/problem.js'
export { nonlinearDiffusion2d, type NonlinearDiffusion2dOptions } from './pde/nonlinearDiffusion2d/problem.js'
export { poisson1d, type Poisson1dOptions } from './pde/poisson1d/problem.js'
export { reactionDiffusion, type ReactionDiffusionOptions } from './pde/reactionDiffusion/problem.js'
export { shallowWater, type ShallowWaterOptions } from './pde/shallowWater/problem.js'
export { virtualSensing, type VirtualSensingOptions } from './pde/virtualSensing/problem.js'
