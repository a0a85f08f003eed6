import {
  SpikewardError,
  add,
  arange,
  cast,
  div,
  equal,
  expandDims,
  matmul,
  max,
  maximum,
  mean,
  mul,
  solveSpd,
  sqrt,
  square,
  squeeze,
  sum,
  transpose,
} from '@spikeward/core'
import type { LossParts, Tensor, Tree } from '@spikeward/core'

/**
 * The residuals of a loss as a function of the output.
 *
 * @throws LOSS_WITHOUT_RESIDUALS if the loss is not a mean of squares
 */
export function residualsOf<P extends Tree>(estimator: string, parts: LossParts<P>): (output: Tensor) => Tensor {
  if (parts.residuals !== null) return parts.residuals
  throw new SpikewardError(
    'LOSS_WITHOUT_RESIDUALS',
    `${estimator} needs a loss that is a mean of squares, but this loss has no residuals; use a first-order estimator, or the squared error`,
  )
}

/** The unit matrix. */
export const eye = (n: number, like: Tensor): Tensor =>
  cast(equal(expandDims(arange(n, 'i32'), 1), expandDims(arange(n, 'i32'), 0)), like.dtype)

/** Σᵢ aᵢᵢ. */
export const trace = (a: Tensor): Tensor => sum(mul(a, eye(a.shape[0]!, a)))

/** Solves (A + λ I) x = b for a vector b. λ is increased by 1e-30, so that A = 0 gives 0. */
export function dampedSolve(a: Tensor, lambda: Tensor, b: Tensor): Tensor {
  const n = a.shape[0]!
  return squeeze(solveSpd(add(a, mul(eye(n, a), add(lambda, 1e-30))), expandDims(b, 1)), 1)
}

/**
 * argmin_x |Jx − r|²/M + λ s |x|², s = tr(JᵀJ)/(M d): λ is relative to the mean curvature of a parameter.
 * The smaller of the two systems, d×d or M×M, is solved, in the precision of J or in f64.
 *
 * @param j [M, d]
 * @param r [M]
 */
export function ridgeSolve(j: Tensor, r: Tensor, lambda: Tensor, precision: 'own' | 'f64' = 'own'): Tensor {
  if (precision === 'f64' && j.dtype !== 'f64') {
    return cast(ridgeSolve(cast(j, 'f64'), cast(r, 'f64'), cast(lambda, 'f64')), j.dtype)
  }
  const [rows, d] = j.shape as [number, number]
  const right = div(r, rows)
  const gram = div(d <= rows ? matmul(transpose(j), j) : matmul(j, transpose(j)), rows)
  const relative = mul(cast(lambda, j.dtype), div(trace(gram), d))
  if (d <= rows) return dampedSolve(gram, relative, matmul(right, j))
  return matmul(dampedSolve(gram, relative, right), j)
}

/**
 * {@link ridgeSolve} in units in which the columns of J have a root mean square of 1 (Marquardt 1963): λ is then
 * relative to the curvature of each parameter, and the solution does not depend on the units of the parameters. A
 * column below the smallest unit has a root mean square below 1 there, and the mean curvature s of {@link ridgeSolve},
 * the factor of λ, is then below 1 too.
 *
 * @param j [M, d]
 * @param r [M]
 * @param lambda λ
 * @param least the smallest unit of a column, relative to the largest; a column of zeros gives a step of 0
 */
export function scaledSolve(
  j: Tensor,
  r: Tensor,
  lambda: Tensor,
  least: number,
  precision: 'own' | 'f64' = 'own',
): Tensor {
  const sizes = sqrt(mean(square(j), 0))
  const scales = maximum(sizes, add(mul(max(sizes), least), 1e-30))
  return div(ridgeSolve(div(j, scales), r, lambda, precision), scales)
}
