import { printAval } from '../tensor/aval.js'
import { SpikewardError } from '../errors.js'
import { batchFlat } from '../interpreters/batch.js'
import { withBatchAxis } from '../primitives/broadcast.js'
import { moveAxis } from '../primitives/views.js'
import type { Dim } from '../program/program.js'
import type { Tensor } from '../tensor/tensor.js'
import { type Tree, treeFlatten, treeLeaves } from '../tensor/tree.js'
import { flattenFunction, restore } from './flat.js'

/**
 * Vectorises `fn` over a batch. Values that do not depend on the batch are computed once: in
 * `vmap(v => jvp(loss, [params], [v]))` all directions share the primal.
 *
 * @param fn function of trees, written for one example
 * @param axes for each argument the batch axis of its tensors, or null if the argument is the same for the whole batch;
 *   default 0
 * @returns a function whose results have the batch as axis 0
 * @example vmap((a, b) => vdot(a, b), [0, null])(rows, vector)
 */
export function vmap<A extends readonly Tree[], R extends Tree>(
  fn: (...args: A) => R,
  axes?: readonly (number | null)[],
): (...args: A) => R {
  return (...args) => {
    const { leaves, structure } = treeFlatten(args)
    const perLeaf = args.flatMap((a, i) => treeLeaves(a).map(() => (axes === undefined ? 0 : (axes[i] ?? null))))
    const size = batchSize(leaves, perLeaf)
    const inputs = leaves.map((t, i) => (perLeaf[i] === null ? t : moveAxis(t, perLeaf[i]!, 0)))
    const flat = flattenFunction(fn, structure)
    const [outs, dims] = batchFlat(
      flat,
      size,
      inputs,
      perLeaf.map((a): Dim => (a === null ? null : 0)),
    )
    return restore<R>(
      flat,
      outs.map((t, i) => withBatchAxis(t, dims[i]!, size)),
    )
  }
}

function batchSize(leaves: readonly Tensor[], axes: readonly (number | null)[]): number {
  let size: number | undefined
  leaves.forEach((t, i) => {
    const axis = axes[i]
    if (axis === null || axis === undefined) return
    const length = t.shape[axis]
    if (length === undefined)
      throw new SpikewardError(
        'INVALID_AXIS',
        `vmap over axis ${axis} of ${printAval(t.aval)}: there is no such axis; count axes from 0`,
      )
    if (size !== undefined && size !== length) {
      throw new SpikewardError(
        'SHAPE_MISMATCH',
        `vmap: batch axes of length ${size} and ${length}; all batch axes must have the same length; pass null for arguments that are not batched`,
      )
    }
    size = length
  })
  if (size === undefined)
    throw new SpikewardError('INVALID_ARGUMENT', 'vmap: no argument is batched; give at least one an axis')
  return size
}
