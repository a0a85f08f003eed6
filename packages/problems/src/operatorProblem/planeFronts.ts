/** Fronts of one reacting field in the plane: what `allenCahn2d` and `nagumo2d` share. */
import { type TrajectoryProblem, integer } from '@spikeward/core'
import { type SolvePlaneReactionOptions, solvePlaneReaction } from '../numerics/solvePlaneReaction.js'
import { layersOfPlane } from '../spaces/periodicField2d.js'
import { type PeriodicEvolution, periodicEvolution } from './periodicEvolution.js'
import { evolutionOptions, splitOptions } from './splitOptions.js'

/** The options of both besides those of the equation: 21 frames, 0.1 apart, and few functions. */
export const frontOptions = () => ({
  /** Points along each axis, a power of two. Default 64. */
  points: integer({ min: 16, default: 64, help: 'points along each axis, a power of two' }),
  ...evolutionOptions({ duration: 2, interval: 0.1, frames: 21 }),
  ...splitOptions(256, 32, 64),
})

/** An equation u_t = D Δu + R(u), periodic on the unit square. */
export type FrontEquation = {
  /** D. */
  readonly diffusivity: number
  /** R. */
  readonly reaction: (u: number) => number
}

/**
 * u at frames of one front equation, by {@link solvePlaneReaction}.
 *
 * @param times `initial` holds u at the n² nodes of the unit square, row-major, n a power of two
 * @returns u on the grid [frames, n, n], row-major
 * @throws INVALID_OPTION if n is not a power of two
 */
export const solveFronts = (
  { diffusivity, reaction }: FrontEquation,
  {
    initial,
    ...times
  }: Pick<SolvePlaneReactionOptions, 'interval' | 'frames' | 'steps'> & {
    readonly initial: Float64Array
  },
): Float64Array =>
  solvePlaneReaction({
    ...times,
    diffusivities: [diffusivity],
    length: 1,
    initial: [initial],
    react([u]) {
      for (let i = 0; i < u.length; i++) u[i] = reaction(u[i]!)
    },
  })

/** Options of {@link planeFronts}. */
export type PlaneFrontsOptions = Pick<
  PeriodicEvolution,
  'name' | 'points' | 'duration' | 'interval' | 'frames' | 'key' | 'sizes'
> & {
  readonly equation: FrontEquation
  /** The numbers of the equation, which the name of the data holds. */
  readonly numbers: readonly number[]
  /** The initial value for the value tanh 3g of a layer. */
  readonly level: (layer: number) => number
  /** k of R, and the steps of the solver in a unit of kt. */
  readonly rate: number
  readonly stepsInRate: number
}

/** The operator from the initial fronts to those after `duration`. */
export const planeFronts = ({
  equation,
  numbers,
  level,
  rate,
  stepsInRate,
  ...common
}: PlaneFrontsOptions): TrajectoryProblem =>
  periodicEvolution({
    ...common,
    axes: ['x', 'y'],
    length: 1,
    channels: ['u'],
    definition: `${layersOfPlane.name}; ${numbers.join(', ')}; ETDRK4, ${stepsInRate} steps in 1/k`,
    sample: async (k, n) =>
      (await layersOfPlane.sample(k, n)).map((g) => (x) => g(x).map((v) => level(Math.tanh(3 * v)))),
    solve: (initial, interval, frames) =>
      solveFronts(equation, { initial, interval, frames, steps: Math.ceil(stepsInRate * rate * interval - 1e-9) }),
  })
