import { SpikewardError } from '../errors.js'
import { collapsedJetFlat } from '../interpreters/collapsedJetFlat.js'
import { scaleBy } from '../primitives/pointwise/arithmetic.js'
import { type Tree, sameStructure, treeFlatten, treePaths } from '../tensor/tree.js'
import { flattenFunction, restore } from './flat.js'
import { tangentOf } from './jvp.js'

/** Options of {@link collapsedJet}. */
export type CollapsedJetOptions = {
  /** w, one number for each direction. Default: 1 each. */
  readonly weights?: readonly number[]
}

/**
 * The value of `fn` at `primals` and a weighted sum of its derivatives along several directions, in collapsed Taylor
 * mode:
 *
 *     [f(x), Σ_i w_i ∂ᵏf(x)/∂v_iᵏ]
 *
 * in one pass with 1 + n (k − 1) + 1 coefficients for each value and n directions: the last coefficient passes through
 * an operation linearly, so that its sum suffices. n calls of {@link jet} carry 1 + n k, if the values are shared. With
 * n unit vectors and k = 2 it is the Laplacian. Both counts are those of a compiled program (`jit`); without
 * compilation, a nonlinear operation computes its value once for each direction. It is forward mode, and composes with
 * `jvp`, `vjp`, `vmap` and `jit`. An operation with steps in time is not collapsed within.
 *
 * @param fn function of trees
 * @param primals its arguments
 * @param directions for each direction, a tangent of each argument, of the same structure, shapes and types
 * @param order k, a whole number of at least 2
 * @throws INVALID_OPTION for an impossible order, no direction, or another number of weights; SHAPE_MISMATCH
 * @see Dangel, Siebert, Zeinhofer & Walther, Collapsing Taylor mode automatic differentiation, arXiv 2505.13644
 * @example
 * const f = (x: Tensor) => sum(mul(x, mul(x, x)))
 * const [y, d2] = collapsedJet(f, [tensor([1, 2])], [[tensor([1, 0])], [tensor([0, 1])]], 2)   // 9, 18
 */
export function collapsedJet<A extends readonly Tree[], R extends Tree>(
  fn: (...args: A) => R,
  primals: readonly [...A],
  directions: readonly (readonly [...A])[],
  order: number,
  { weights = directions.map(() => 1) }: CollapsedJetOptions = {},
): [R, R] {
  if (!Number.isInteger(order) || order < 2) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `collapsedJet: the order is ${order}; it counts derivatives along each direction; give a whole number of at least 2`,
    )
  }
  if (directions.length === 0 || weights.length !== directions.length) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `collapsedJet: ${directions.length} directions and ${weights.length} weights; give at least one direction, and as many weights`,
    )
  }
  const x = treeFlatten(primals)
  const flat = flattenFunction(fn, x.structure)
  const along = directions.map((direction) => {
    const v = treeFlatten(direction)
    sameStructure(x.structure, v.structure, 'collapsedJet: primals and a direction')
    return x.leaves.map((p, i) => tangentOf('collapsedJet', p, v.leaves[i]!, () => treePaths(primals)[i]!))
  })
  const results = collapsedJetFlat(flat, x.leaves, along, weights, order)
  let factorial = 1
  for (let k = 2; k <= order; k++) factorial *= k
  return [
    restore<R>(
      flat,
      results.map(([value]) => value),
    ),
    restore<R>(
      flat,
      results.map(([, last]) => scaleBy(last, factorial)),
    ),
  ]
}
