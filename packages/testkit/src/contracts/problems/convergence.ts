import { ensure, type Check } from '../../check.js'

/** A solver's error against a solution in closed form, as a function of its resolution. */
export interface ConvergenceOptions {
  /** Resolutions, coarse to fine: cells, nodes or steps, according to `error`. At least three. */
  readonly sizes: readonly number[]
  /** The largest error at a resolution, against an exact solution (a manufactured one if no other is known). */
  readonly error: (size: number) => number
  /**
   * p if the error falls as size^−p; `geometric` if it falls faster than any power, so that the observed order grows
   * from one size to the next, until the error is below 1e-12.
   */
  readonly order: number | 'geometric'
  /** Largest difference between the observed and the stated order. Default 0.25. */
  readonly tolerance?: number
}

/** The measurements of {@link observeConvergence}. */
export interface Convergence {
  readonly errors: readonly number[]
  /** Between neighbouring sizes: ln(eᵢ/eᵢ₊₁)/ln(sizeᵢ₊₁/sizeᵢ). */
  readonly orders: readonly number[]
}

/** Errors at all sizes, and the orders between neighbours. */
export function observeConvergence({ sizes, error }: ConvergenceOptions): Convergence {
  const errors = sizes.map(error)
  const orders = errors.slice(1).map((fine, i) => Math.log(errors[i]! / fine) / Math.log(sizes[i + 1]! / sizes[i]!))
  return { errors, orders }
}

/** The check of a problem's solver; skipped for a problem without one. */
export const convergenceCheck = <S>(solver: ConvergenceOptions | undefined): Check<S> => ({
  group: 'solver',
  name: 'converges at its order to a solution in closed form',
  skip: () => (solver === undefined ? 'no such solution is given' : null),
  run: () => void ensureConvergence(solver!),
})

/** Throws if a solver does not converge at its stated order; returns the measurements. */
export function ensureConvergence(options: ConvergenceOptions): Convergence {
  const { sizes, order, tolerance = 0.25 } = options
  ensure(sizes.length >= 3, `convergence at ${sizes.length} sizes; two orders need three`)
  const convergence = observeConvergence(options)
  const { errors, orders } = convergence
  const shown = (): string =>
    `errors ${errors.map((e) => e.toExponential(2)).join(', ')} at ${sizes.join(', ')}; orders ${orders.map((o) => o.toFixed(2)).join(', ')}`
  ensure(
    errors.every((e) => Number.isFinite(e)),
    () => `the error of the solver is not finite: ${shown()}`,
  )
  for (const [i, observed] of orders.entries()) {
    if (order === 'geometric')
      ensure(
        errors[i + 1]! < 1e-12 || i === 0 ? observed > 2 : observed > orders[i - 1]! + 0.5,
        () => `the error does not fall faster than any power: ${shown()}`,
      )
    else ensure(Math.abs(observed - order) <= tolerance, () => `order ${order} is stated: ${shown()}`)
  }
  return convergence
}
