/**
 * The settings that training starts from on each problem: the best measured on its validation functions or points. Only
 * data, next to its problem: `pde/<name>/defaults.ts`, `regression/<name>Defaults.ts`.
 *
 * @module defaults
 */
import type { ProblemDefaults } from './defaults/problemDefaults.js'
import { ownDataDefaults } from './operatorProblem/ownDataDefaults.js'
import { advectionDefaults } from './pde/advection/defaults.js'
import { burgersDefaults } from './pde/burgers/defaults.js'
import { burgersPinnDefaults } from './pde/burgersPinn/defaults.js'
import { diffusionDefaults } from './pde/diffusion/defaults.js'
import { nonlinearDiffusion2dDefaults } from './pde/nonlinearDiffusion2d/defaults.js'
import { poisson1dDefaults } from './pde/poisson1d/defaults.js'
import { poissonPinnDefaults } from './pde/poissonPinn/defaults.js'
import { reactionDiffusionDefaults } from './pde/reactionDiffusion/defaults.js'
import { mexicanHatDefaults } from './regression/mexicanHatDefaults.js'
import { parabolaDefaults } from './regression/parabolaDefaults.js'
import { rippleDefaults } from './regression/rippleDefaults.js'
import { tableDefaults } from './regression/tableDefaults.js'

export type {
  ByEstimator,
  EstimatorDefaults,
  NetworkDefaults,
  ProblemDefaults,
  Widths,
} from './defaults/problemDefaults.js'

export { untunedDefaults } from './defaults/untunedDefaults.js'

export {
  advectionDefaults,
  burgersDefaults,
  burgersPinnDefaults,
  diffusionDefaults,
  mexicanHatDefaults,
  nonlinearDiffusion2dDefaults,
  ownDataDefaults,
  parabolaDefaults,
  poisson1dDefaults,
  poissonPinnDefaults,
  reactionDiffusionDefaults,
  rippleDefaults,
  tableDefaults,
}

/** Defaults by problem; `own` and `table` are those of an operator and of a function of points that a file gives. */
export const problemDefaults: Readonly<Record<string, ProblemDefaults>> = {
  'mexican-hat': mexicanHatDefaults,
  ripple: rippleDefaults,
  parabola: parabolaDefaults,
  'poisson-1d': poisson1dDefaults,
  'reaction-diffusion': reactionDiffusionDefaults,
  diffusion: diffusionDefaults,
  advection: advectionDefaults,
  burgers: burgersDefaults,
  'nonlinear-diffusion-2d': nonlinearDiffusion2dDefaults,
  'poisson-pinn': poissonPinnDefaults,
  'burgers-pinn': burgersPinnDefaults,
  own: ownDataDefaults,
  table: tableDefaults,
}
