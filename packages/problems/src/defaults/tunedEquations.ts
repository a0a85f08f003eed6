/**
 * The tuned defaults of single equations. Pages load these without those of operators.
 * Written by `npm run docs:reference` from the folders of the problems.
 */
export { allenCahnDefaults } from '../pde/allenCahn/defaults.js'
export { burgersPinnDefaults } from '../pde/burgersPinn/defaults.js'
export { elasticity2dDefaults } from '../pde/elasticity2d/defaults.js'
export { heat1dDefaults } from '../pde/heat1d/defaults.js'
export { helmholtz2dDefaults } from '../pde/helmholtz2d/defaults.js'
export { inverseBurgersDefaults } from '../pde/inverseBurgers/defaults.js'
export { inversePoissonDefaults } from '../pde/inversePoisson/defaults.js'
export { kovasznayDefaults } from '../pde/kovasznay/defaults.js'
export { lidDrivenCavityDefaults } from '../pde/lidDrivenCavity/defaults.js'
export { poisson2dDefaults } from '../pde/poisson2d/defaults.js'
export { poissonPinnDefaults } from '../pde/poissonPinn/defaults.js'
export { taylorGreenDefaults } from '../pde/taylorGreen/defaults.js'
export { wave1dDefaults } from '../pde/wave1d/defaults.js'
