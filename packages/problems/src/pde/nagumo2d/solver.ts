import { solvePlaneReaction } from '../../numerics/solvePlaneReaction.js'
import type { SolvePlaneReactionOptions } from '../../numerics/solvePlaneReaction.js'

/** Options of {@link solveNagumo2d}. */
export type SolveNagumo2dOptions = Omit<SolvePlaneReactionOptions, 'diffusivities' | 'react' | 'length' | 'initial'> & {
  /** D. */
  readonly diffusivity: number
  /** k. */
  readonly rate: number
  /** a. */
  readonly threshold: number
  /** u at the n² nodes of the unit square, row-major, n a power of two. */
  readonly initial: Float64Array
}

/**
 * u_t = D Δu + k u (1 − u)(u − a), periodic on the unit square, by {@link solvePlaneReaction}.
 *
 * @returns u on the grid [frames, n, n], row-major
 * @throws INVALID_OPTION if n is not a power of two
 */
export function solveNagumo2d(options: SolveNagumo2dOptions): Float64Array {
  const { diffusivity, rate, threshold, initial, ...times } = options
  return solvePlaneReaction({
    ...times,
    diffusivities: [diffusivity],
    length: 1,
    initial: [initial],
    react([u]) {
      for (let i = 0; i < u.length; i++) u[i] = rate * u[i]! * (1 - u[i]!) * (u[i]! - threshold)
    },
  })
}
