import { broadcast } from '../primitives/broadcast.js'
import { dot } from '../primitives/dot.js'
import { moveAxis } from '../primitives/views.js'
import { sizeOf } from '../tensor/aval.js'
import type { Tensor } from '../tensor/tensor.js'
import { reshape } from './shape.js'

/**
 * Multiplies every line of `x` along `axis` by a matrix: y[…, i, …] = Σⱼ m[i, j] x[…, j, …].
 *
 * The matrix is the left operand and shared by the batch of leading axes, so that no operand is copied; along the last
 * axis the lines are. Spikes are therefore multiplied as any numbers elsewhere: to make them the left operand, lines
 * would have to be copied in another order, which takes longer than sums of spikes gain.
 *
 * @param matrix [m, n]
 * @param x […, n, …]
 */
export function applyAlong(matrix: Tensor, x: Tensor, axis: number): Tensor {
  const [m, n] = matrix.shape as [number, number]
  if (axis === x.ndim - 1) {
    return moveAxis(dot(x, matrix, { contract: [[axis], [1]], batch: [[], []] }), x.ndim - 1, axis)
  }
  const [before, after] = [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis + 1))]
  const lines = reshape(x, [before, n, after])
  const y = dot(broadcast(matrix, [before, m, n], [1, 2]), lines, { contract: [[2], [1]], batch: [[0], [0]] })
  return reshape(y, [...x.shape.slice(0, axis), m, ...x.shape.slice(axis + 1)])
}
