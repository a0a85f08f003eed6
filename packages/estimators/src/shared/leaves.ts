import { isFloat, SpikewardError, treeFlatten, treePaths, treeUnflatten } from '@spikeward/core'
import type { Loss, Tensor, Tree } from '@spikeward/core'

/**
 * Parameters as a list of tensors, the function that rebuilds them from such a list, and the loss as a function of the
 * list.
 */
export type Leaves<P extends Tree> = {
  /** The tensors, in the order of `treeFlatten`. */
  readonly tensors: readonly Tensor[]
  /** Number of parameters d: elements of all tensors together. */
  readonly size: number
  /** A tree like the parameters from other tensors. */
  readonly rebuild: (tensors: readonly Tensor[]) => P
  /** The loss of the tensors; throws NOT_A_SCALAR. */
  readonly loss: (tensors: readonly Tensor[]) => Tensor
}

/**
 * Lays parameters out as a list, and checks that they can carry a derivative.
 *
 * @throws PARAMS_NOT_FLOAT if a leaf has an integer type, such as a key
 * @throws PARAMS_EMPTY if there is no tensor at all
 */
export function layOut<P extends Tree>(loss: Loss<P>, params: P): Leaves<P> {
  const { leaves, structure } = treeFlatten(params)
  if (leaves.length === 0) {
    throw new SpikewardError(
      'PARAMS_EMPTY',
      'the parameters contain no tensor, so there is no gradient to estimate; pass the result of init()',
    )
  }
  leaves.forEach((t, i) => {
    if (isFloat(t.dtype)) return
    throw new SpikewardError(
      'PARAMS_NOT_FLOAT',
      `parameter '${treePaths(params)[i]}' is ${t.dtype}; only f32 and f64 have derivatives; let the loss close over it instead`,
    )
  })
  const rebuild = (tensors: readonly Tensor[]): P => treeUnflatten(structure, tensors) as P
  return {
    tensors: leaves,
    size: leaves.reduce((n, t) => n + t.size, 0),
    rebuild,
    loss: (tensors) => scalar(loss(rebuild(tensors))),
  }
}

/** The loss as a function of some of the leaves, with the others held constant. */
export function restrict<P extends Tree>(p: Leaves<P>, leaves: readonly number[]): (own: readonly Tensor[]) => Tensor {
  return (own) => {
    const all = [...p.tensors]
    leaves.forEach((leaf, i) => (all[leaf] = own[i]!))
    return p.loss(all)
  }
}

function scalar(value: Tensor): Tensor {
  if (value.ndim === 0) return value
  throw new SpikewardError(
    'NOT_A_SCALAR',
    `the loss has shape [${value.shape.join(', ')}]; a gradient needs one number; take mean() or sum() of it`,
  )
}
