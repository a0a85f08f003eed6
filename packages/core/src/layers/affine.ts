import { SpikewardError } from '../errors.js'
import { bind } from '../interpreters/currentInterpreter.js'
import { traceFlat } from '../interpreters/traceFlat.js'
import { matmul } from '../numpy/reduce.js'
import { affinePrimitive } from '../primitives/affinePrimitive.js'
import { printAval } from '../tensor/aval.js'
import type { Tensor } from '../tensor/tensor.js'
import { type Tree, treeFlatten, treeUnflatten } from '../tensor/tree.js'

/** Weight [in, out] and bias [out] of an affine layer y = xW + b. */
export type Affine = { readonly weight: Tensor; readonly bias: Tensor }

/** Parameters of a layer with any linear map; without `bias` the layer is linear. */
export type AffineMap<W extends Tree> = { readonly weight: W; readonly bias?: Tensor }

/** Options of {@link affineMap}. */
export type AffineMapOptions = {
  /**
   * Axis of the result along which the bias [n] lies; negative axes count from the last. Default −1; 1 for images [N,
   * C, H, W].
   */
  readonly biasAxis?: number
}

/**
 * The affine map of a layer with any linear map: y = L(x, W) + b. Estimators find it in the network by the path of its
 * weight in the parameters, wherever it stands, time loops included; see {@link perturb}, {@link collect},
 * {@link traces} and {@link passDown}.
 *
 * It computes what `add(linear(x, weight), bias)` computes, with the same kernels.
 *
 * @param params the layer's weight, one tensor or a tree of them, and its bias
 * @param x the input, with samples along axis 0
 * @param linear L, linear in x for a fixed weight and linear in the weight for a fixed x
 * @throws SHAPE_MISMATCH if the bias does not lie along the axis
 * @see kfac-jax, whose layer tags mark the same boundary
 * @example
 * // y = x (u vᵀ): a layer whose weight has rank one
 * const y = affineMap({ weight: { u, v } }, x, (x, { u, v }) => outer(matmul(x, u), v))
 */
export function affineMap<W extends Tree>(
  { weight, bias }: AffineMap<W>,
  x: Tensor,
  linear: (x: Tensor, weight: W) => Tensor,
  { biasAxis = -1 }: AffineMapOptions = {},
): Tensor {
  const { leaves, structure } = treeFlatten(weight)
  const { program, captured } = traceFlat(
    (input, ...tensors) => [linear(input, treeUnflatten(structure, tensors) as W)],
    [x, ...leaves].map((t) => t.aval),
  )
  const y = program.outputs[0]!.aval
  const axis = biasAxis < 0 ? y.shape.length + biasAxis : biasAxis
  if (bias !== undefined && (bias.ndim !== 1 || bias.shape[0] !== y.shape[axis])) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `affine: the bias is ${printAval(bias.aval)} and the result of the linear map ${printAval(y)}; give a vector as long as axis ${biasAxis}, or another biasAxis`,
    )
  }
  const operands = [...captured, x, ...leaves, ...(bias === undefined ? [] : [bias])]
  return bind(affinePrimitive, operands, {
    name: null,
    id: null,
    linear: program,
    captured: captured.length,
    weights: leaves.length,
    bias: bias === undefined ? null : [axis],
    steps: 1,
    feedback: false,
  })[0]!
}

/**
 * An affine layer y = xW + b, for x [samples, in] or with more leading axes. See {@link affineMap}.
 *
 * @throws SHAPE_MISMATCH
 * @example affine({ weight: ones([3, 2]), bias: zeros([2]) }, ones([5, 3])) // [5, 2], all 3
 */
export const affine = (params: AffineMap<Tensor>, x: Tensor): Tensor => affineMap(params, x, matmul)
