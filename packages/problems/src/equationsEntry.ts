/**
 * Only the single equations, for pages that list them all: this entry loads no operator and no function of points.
 *
 * @module equations
 */
export { allenCahn, type AllenCahnOptions } from './pde/allenCahn/problem.js'
export { burgersPinn, type BurgersPinnOptions } from './pde/burgersPinn/problem.js'
export { elasticity2d, type Elasticity2dOptions } from './pde/elasticity2d/problem.js'
export { heat1d, type Heat1dOptions } from './pde/heat1d/problem.js'
export { helmholtz2d, type Helmholtz2dOptions } from './pde/helmholtz2d/problem.js'
export { inverseBurgers, type InverseBurgersOptions } from './pde/inverseBurgers/problem.js'
export { inversePoisson, type InversePoissonOptions } from './pde/inversePoisson/problem.js'
export { kovasznay, type KovasznayOptions } from './pde/kovasznay/problem.js'
export { lidDrivenCavity, type LidDrivenCavityOptions } from './pde/lidDrivenCavity/problem.js'
export { poisson2d, type Poisson2dOptions } from './pde/poisson2d/problem.js'
export { poissonPinn, type PoissonPinnOptions } from './pde/poissonPinn/problem.js'
export { taylorGreen, type TaylorGreenOptions } from './pde/taylorGreen/problem.js'
export { wave1d, type Wave1dOptions } from './pde/wave1d/problem.js'
