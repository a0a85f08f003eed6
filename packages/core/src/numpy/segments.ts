import { SpikewardError } from '../errors.js'
import { scatterAdd } from '../primitives/gather.js'
import { printAval } from '../tensor/aval.js'
import type { Tensor } from '../tensor/tensor.js'

/**
 * Sums rows that have the same segment: y[s, …] = Σ x[i, …] over i with segment[i] = s. The sum of messages over the edges into
 * each node of a graph, after {@link take} has read the nodes that they come from:
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
 * @throws SHAPE_MISMATCH unless there is one index for each row; INVALID_ARGUMENT for a number of segments that is not whole
 * @example segmentSum(tensor([[1], [2], [3]]), tensor([0, 1, 0], { dtype: 'i32' }), 2) // [[4], [2]]
 */
export function segmentSum(x: Tensor, segment: Tensor, segments: number): Tensor {
  if (x.ndim < 1 || segment.ndim !== 1 || segment.shape[0] !== x.shape[0] || !['i32', 'u32'].includes(segment.dtype)) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `segmentSum: ${printAval(x.aval)} by ${printAval(segment.aval)}; give one i32 or u32 index for each row of the first axis`,
    )
  }
  if (!Number.isInteger(segments) || segments < 1) {
    throw new SpikewardError(
      'INVALID_ARGUMENT',
      `segmentSum: ${segments} segments; the number must be whole and at least 1`,
    )
  }
  return scatterAdd(x, segment, segments)
}
