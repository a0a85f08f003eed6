import { SpikewardError } from '../errors.js'
import { scatterAdd, scatterMax } from '../primitives/gather.js'
import { printAval } from '../tensor/aval.js'
import type { Tensor } from '../tensor/tensor.js'

/**
 * Sums rows that have the same segment: y[s, …] = Σ x[i, …] over i with segment[i] = s. The sum of messages over the
 * edges into each node of a graph, after {@link take} has read the nodes that they come from:
 *
 *     segmentSum(message(take(x, from), take(x, to)), to, nodes)
 *
 * Also known as `jax.ops.segment_sum`, and as `index_add` in PyTorch. Indices are clamped into range (JAX drops those
 * outside); rows are added in their order, so that the result is the same in every run.
 *
 * @param x [rows, …], a float
 * @param segment i32 or u32 [rows]
 * @param segments number of segments; one without rows is 0
 * @returns [segments, …]
 * @throws SHAPE_MISMATCH unless there is one index for each row; INVALID_ARGUMENT for a number of segments that is not
 *   whole
 * @example segmentSum(tensor([[1], [2], [3]]), tensor([0, 1, 0], { dtype: 'i32' }), 2) // [[4], [2]]
 */
export function segmentSum(x: Tensor, segment: Tensor, segments: number): Tensor {
  check('segmentSum', x, segment, segments)
  return scatterAdd(x, segment, segments)
}

/**
 * The largest of the rows that have the same segment: y[s, …] = max x[i, …] over i with segment[i] = s. A segment
 * without rows is 0 (JAX: −∞). If several rows attain it, the derivative is the mean of theirs.
 *
 * Also known as `jax.ops.segment_max`. Indices are clamped into range.
 *
 * @param x [rows, …], a float
 * @param segment i32 or u32 [rows]
 * @param segments number of segments
 * @returns [segments, …]
 * @throws SHAPE_MISMATCH unless there is one index for each row; INVALID_ARGUMENT for a number of segments that is not
 *   whole
 */
export function segmentMax(x: Tensor, segment: Tensor, segments: number): Tensor {
  check('segmentMax', x, segment, segments)
  return scatterMax(x, segment, segments)
}

function check(name: string, x: Tensor, segment: Tensor, segments: number): void {
  if (x.ndim < 1 || segment.ndim !== 1 || segment.shape[0] !== x.shape[0] || !['i32', 'u32'].includes(segment.dtype)) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `${name}: ${printAval(x.aval)} by ${printAval(segment.aval)}; give one i32 or u32 index for each row of the first axis`,
    )
  }
  if (!Number.isInteger(segments) || segments < 1) {
    throw new SpikewardError(
      'INVALID_ARGUMENT',
      `${name}: ${segments} segments; the number must be whole and at least 1`,
    )
  }
}
