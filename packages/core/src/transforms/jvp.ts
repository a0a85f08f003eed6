import { SpikewardError } from '../errors.js'
import { jvpFlat } from '../interpreters/jvpFlat.js'
import { instantiate, zeroOf } from '../primitives/pointwise/pointwise.js'
import type { Tangent } from '../program/tangent.js'
import { printAval, sameShape } from '../tensor/aval.js'
import { isFloat } from '../tensor/dtype.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'
import { sameStructure, treeFlatten, treePaths } from '../tensor/tree.js'
import { flattenFunction, restore } from './flat.js'

/**
 * Jacobian-vector product in forward mode: the value of `fn` at `primals` and its derivative along `tangents`,
 *
 *     (f(x), ∂f(x) · v)
 *
 * in one pass that stores no intermediates. Every operation has a rule, spikes included (their surrogate slope).
 *
 * @param fn function of trees
 * @param primals its arguments
 * @param tangents one tangent for each argument, of the same structure, shapes and types; tangents of integer tensors
 *   are ignored
 * @example const [y, dy] = jvp((x) => mul(x, x), [tensor(3)], [tensor(1)])   // 9, 6
 */
export function jvp<A extends readonly Tree[], R extends Tree>(
  fn: (...args: A) => R,
  primals: readonly [...A],
  tangents: readonly [...A],
): [R, R] {
  const x = treeFlatten(primals)
  const v = treeFlatten(tangents)
  sameStructure(x.structure, v.structure, 'jvp: primals and tangents')
  const flat = flattenFunction(fn, x.structure)
  const directions = x.leaves.map((p, i) => tangentOf('jvp', p, v.leaves[i]!, () => treePaths(primals)[i]!))
  const [outs, douts] = jvpFlat(flat, x.leaves, directions)
  return [restore<R>(flat, outs), restore<R>(flat, douts.map(instantiate))]
}

/**
 * A user's tangent of an argument, checked; a symbolic zero for an argument of integers.
 *
 * @throws SHAPE_MISMATCH
 */
export function tangentOf(transform: string, primal: Tensor, tangent: Tensor, path: () => string): Tangent {
  if (!isFloat(primal.dtype)) return zeroOf(primal)
  if (!sameShape(primal.shape, tangent.shape) || primal.dtype !== tangent.dtype) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `${transform}: argument ${path()} is ${printAval(primal.aval)}, its tangent ${printAval(tangent.aval)}; they must agree`,
    )
  }
  return tangent
}
