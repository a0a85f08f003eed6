import { SpikewardError } from '../errors.js'
import { zeroOf } from '../primitives/pointwise/pointwise.js'
import type { Tangent } from '../program/tangent.js'
import { printAval, sameShape } from '../tensor/aval.js'
import { isFloat } from '../tensor/dtype.js'
import type { Tensor } from '../tensor/tensor.js'

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
