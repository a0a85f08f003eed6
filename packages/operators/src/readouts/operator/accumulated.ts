import { add, cast, equal, iota, matmul, mul, scan, solveSpd, sub, zerosLike } from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'
import { regularised } from '../affineSolver.js'

/** (G/n + λ tr(G)/(n m) · I)⁻¹ of a Gram matrix G [m, m] of n rows. */
function inverse(gram: Tensor, n: number, lambda: number): Tensor {
  const m = gram.shape[0]!
  const eye = cast(equal(iota([m, m], 0, 'i32'), iota([m, m], 1, 'i32')), gram.dtype)
  return solveSpd(regularised(mul(gram, 1 / n), lambda), eye)
}

/**
 * A function of AᵀYB: argmin_W ‖A W Bᵀ − Y‖² from the Gram matrices of A (n rows) and B (p rows), built up from zero in
 * `passes` steps with a penalty on each change.
 */
export function accumulated(
  left: { readonly gram: Tensor; readonly rows: number },
  right: { readonly gram: Tensor; readonly rows: number },
  lambda: number,
  passes: number,
): (product: Tensor) => Tensor {
  const scale = 1 / (left.rows * right.rows)
  const [a, b] = [inverse(left.gram, left.rows, lambda), inverse(right.gram, right.rows, lambda)]
  const step = ([w, rest]: readonly [Tensor, Tensor]): [[Tensor, Tensor], Tree] => {
    const change = matmul(matmul(a, mul(rest, scale)), b)
    return [[add(w, change), sub(rest, matmul(matmul(left.gram, change), right.gram))], []]
  }
  return (product) => scan(step, [zerosLike(product), product] as [Tensor, Tensor], null, { length: passes })[0][0]
}
