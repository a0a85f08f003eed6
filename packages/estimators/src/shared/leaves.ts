import {
  add,
  cast,
  div,
  greater,
  isFloat,
  mul,
  SpikewardError,
  sqrt,
  square,
  sum,
  treeFlatten,
  treeLeaves,
  treePaths,
  treeUnflatten,
  where,
} from '@spikeward/core'
import type { Loss, Tensor, Tree } from '@spikeward/core'
import type { Layer } from '../layers/locate.js'

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

/** ⟨a, b⟩ over all tensors of two trees of the same structure; a scalar of the widest type among them. */
export function innerProduct(a: Tree, b: Tree): Tensor {
  const others = treeLeaves(b)
  return total(treeLeaves(a).map((x, i) => sum(mul(x, others[i]!))))
}

/** ‖a‖ over all tensors of a tree. */
export const norm = (a: Tree): Tensor => sqrt(total(treeLeaves(a).map((x) => sum(square(x)))))

/** ⟨a, b⟩ / (‖a‖ ‖b‖), and 0 if one of them is zero. */
export function cosineOf(a: Tree, b: Tree): Tensor {
  const lengths = mul(norm(a), norm(b))
  return where(greater(lengths, 0), div(innerProduct(a, b), lengths), 0)
}

function total(parts: readonly Tensor[]): Tensor {
  const dtype = parts.some((x) => x.dtype === 'f64') ? 'f64' : 'f32'
  return parts.map((x) => cast(x, dtype)).reduce((a, b) => add(a, b))
}

/**
 * The tensors of two or more axes among the parameters, each with its position among the leaves: the possible weights
 * of layers. An estimator keeps its state for each of them, since `init` sees the parameters before a loss names the
 * affine layers.
 */
export const matrices = (params: Tree): { readonly leaf: number; readonly tensor: Tensor }[] =>
  treeLeaves(params).flatMap((tensor, leaf) => (tensor.ndim >= 2 ? [{ leaf, tensor }] : []))

/** The position of a layer's weight among the matrices; null if the weight is not a parameter. */
export function matrixOf(params: Tree, layer: Layer): number | null {
  const index = matrices(params).findIndex(({ leaf }) => leaf === layer.weight)
  return index < 0 ? null : index
}

/** @throws OUTPUTS_MISMATCH if the number of outputs of the network differs from that of the state */
export function checkOutputs(estimator: string, outputs: number, actual: number): void {
  if (outputs === actual) return
  throw new SpikewardError(
    'OUTPUTS_MISMATCH',
    `${estimator}: made for ${outputs} outputs, but the network has ${actual}; pass { outputs: ${actual} }, since the state is made before the estimator sees the network`,
  )
}
