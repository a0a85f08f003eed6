import { solvePeriodicReaction, withRightEnd } from '../../numerics/solvePeriodicReaction.js'

/** Options of {@link solveAllenCahn}. */
export type SolveAllenCahnOptions = {
  /** D. */
  readonly diffusivity: number
  /** k. */
  readonly rate: number
  /** Nodes in the period, a power of two. */
  readonly nodes: number
  /** Number of stored times, equally spaced in [0, 1]. */
  readonly times: number
  /** Steps from one stored time to the next. */
  readonly steps: number
}

/**
 * u_t = D u_xx + k (u − u³) on [−1, 1] × [0, 1], of period 2 in x, from u(x, 0) = x² cos πx, by
 * {@link solvePeriodicReaction}.
 *
 * @returns u on the grid [nodes + 1, times] with the right end of the period, row-major
 * @throws INVALID_OPTION if `nodes` is not a power of two
 */
export function solveAllenCahn({ diffusivity, rate, nodes, times, steps }: SolveAllenCahnOptions): Float64Array {
  const u = solvePeriodicReaction({
    ...{ diffusivity, length: 2, end: 1, times, steps },
    reaction: (v) => rate * (v - v ** 3),
    initial: Float64Array.from({ length: nodes }, (_, i) => {
      const x = -1 + (2 * i) / nodes
      return x * x * Math.cos(Math.PI * x)
    }),
  })
  return withRightEnd(u, times)
}
