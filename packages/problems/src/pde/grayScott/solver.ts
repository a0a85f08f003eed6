import { type SolvePlaneReactionOptions, solvePlaneReaction } from '../../numerics/solvePlaneReaction.js'

/** Options of {@link solveGrayScott}. */
export type SolveGrayScottOptions = Omit<SolvePlaneReactionOptions, 'react'> & {
  /** F. */
  readonly feed: number
  /** k. */
  readonly kill: number
}

/**
 * v_t = D_v Δv + u v² − (F + k) v,   u_t = D_u Δu − u v² + F (1 − u), periodic, by {@link solvePlaneReaction}.
 * `initial` and `diffusivities` are those of v, then u.
 *
 * @returns v and u on the grid [frames, n, n, 2], row-major
 * @throws INVALID_OPTION if n is not a power of two
 */
export function solveGrayScott({ feed, kill, ...plane }: SolveGrayScottOptions): Float64Array {
  return solvePlaneReaction({
    ...plane,
    react([v, u]) {
      for (let i = 0; i < v.length; i++) {
        const reaction = u[i]! * v[i]! * v[i]!
        v[i] = reaction - (feed + kill) * v[i]!
        u[i] = feed * (1 - u[i]!) - reaction
      }
    },
  })
}
