/**
 * The settings that `train` starts from, problem by problem: the best ones measured on the validation functions or points
 * so far. This folder is data; whoever measures better ones edits the problem's record.
 */
import * as operators from './operators.js'
import { mexicanHat, parabola } from './regression.js'
import type { Defaults } from './types.js'

/** Defaults by problem. */
export const defaults: Readonly<Record<string, Defaults>> = {
  'mexican-hat': mexicanHat,
  ripple: mexicanHat,
  parabola,
  'poisson-1d': operators.poisson1d,
  'reaction-diffusion': operators.reactionDiffusion,
  diffusion: operators.diffusion,
  advection: operators.advection,
  burgers: operators.burgers,
  'nonlinear-diffusion-2d': operators.nonlinearDiffusion2d,
  'poisson-pinn': operators.poissonPinn,
  own: operators.own,
}
