/** The linear system that the baselines by ridge regression share. */
import { add, cholesky, equal, iota, matmul, solveTriangular, transpose, where } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'

/**
 * B (A + λ I)⁻¹ R by Cholesky: the predictions of a ridge regression. NaN if A + λ I is not positive definite in this precision.
 *
 * Kernel ridge: A = K of the centres, B = K of other rows and the centres, R = the targets of the centres. Linear ridge: A = XᵀX, B = other
 * rows, R = Xᵀ times the targets. Solves for the columns of R or of Bᵀ, whichever are fewer.
 *
 * @param a [n, n], symmetric
 * @param lambda a number []
 * @param b [m, n]
 * @param right [n, outputs]
 */
export function ridgePrediction(a: Tensor, lambda: Tensor, b: Tensor, right: Tensor): Tensor {
  return b.shape[0]! < right.shape[1]!
    ? matmul(transpose(ridgeSolve(a, lambda, transpose(b))), right)
    : matmul(b, ridgeSolve(a, lambda, right))
}

/** (A + λ I)⁻¹ R by Cholesky, as in {@link ridgePrediction}. */
export function ridgeSolve(a: Tensor, lambda: Tensor, right: Tensor): Tensor {
  const onDiagonal = equal(iota(a.shape, 0), iota(a.shape, 1))
  const l = cholesky(where(onDiagonal, add(a, lambda), a))
  return solveTriangular(l, solveTriangular(l, right), { transposed: true })
}
