import { solvePeriodicReaction, withRightEnd } from '../../numerics/solvePeriodicReaction.js'

/** Options of {@link solveNagumo}. */
export type SolveNagumoOptions = {
  /** ε. */
  readonly diffusivity: number
  /** α. */
  readonly threshold: number
  /** T. */
  readonly duration: number
  /** u at the nodes i/n, n a power of two. */
  readonly initial: Float64Array
  /** Number of stored times, equally spaced in [0, 1]. */
  readonly times: number
  /** Steps from one stored time to the next. */
  readonly steps: number
}

/**
 * u_t = T (ε u_xx + u (1 − u)(u − α)) on [0, 1]², of period 1 in x, by {@link solvePeriodicReaction}.
 *
 * @returns u on the grid [n + 1, times] with the right end of the period, row-major
 * @throws INVALID_OPTION if n is not a power of two
 */
export function solveNagumo(options: SolveNagumoOptions): Float64Array {
  const { diffusivity, threshold, duration, initial, times, steps } = options
  const u = solvePeriodicReaction({
    diffusivity: diffusivity * duration,
    reaction: (v) => duration * v * (1 - v) * (v - threshold),
    ...{ length: 1, initial, end: 1, times, steps },
  })
  return withRightEnd(u, times)
}
