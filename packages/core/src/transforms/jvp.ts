import { SpikewardError } from '../errors.js'
import { bind, currentInterpreter, withInterpreter } from '../interpreters/currentInterpreter.js'
import { jvpFlat } from '../interpreters/jvpFlat.js'
import { Smooth } from '../interpreters/smooth.js'
import { traceFlat } from '../interpreters/traceFlat.js'
import { customJvpPrimitive, type JvpRule } from '../primitives/customJvpPrimitive.js'
import { instantiate, zeroOf } from '../primitives/pointwise/pointwise.js'
import type { Tangent } from '../program/tangent.js'
import { printAval, sameShape } from '../tensor/aval.js'
import { isFloat } from '../tensor/dtype.js'
import type { Tensor } from '../tensor/tensor.js'
import { type Tree, sameStructure, treeFlatten, treePaths } from '../tensor/tree.js'
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

/**
 * A function whose derivative you give: forward mode, reverse mode, batching and second derivatives all use your rule.
 *
 * @param fn tensors to one tensor
 * @param rule from primals and tangents to [result, tangent of the result]; must be linear in the tangents, and may
 *   itself be differentiated
 * @example
 * // a spike with the slope of a triangle
 * const spike = customJvp(
 *   (u) => cast(greater(u, 0), u.dtype),
 *   ([u], [du]) => [cast(greater(u, 0), u.dtype), mul(maximum(sub(1, abs(u)), 0), du)],
 * )
 */
export function customJvp(fn: (...xs: Tensor[]) => Tensor, rule: JvpRule): (...xs: Tensor[]) => Tensor {
  return (...xs) => {
    const { program, captured } = traceFlat(
      (...inputs) => [fn(...inputs)],
      xs.map((x) => x.aval),
    )
    return bind(customJvpPrimitive, [...captured, ...xs], { program, captured: captured.length, rule })[0]!
  }
}

/**
 * `fn` with every spike replaced by the smooth function whose derivative is the spike's surrogate slope:
 *
 *     Φ(u) = ½ + ∫₀ᵘ slope(s) ds   in place of   H(u),      Φ′(u) = slope(u)
 *
 * The derivative of the result is a true derivative, which finite differences can check; it takes the rules and the
 * slopes that training takes, at spikes that are numbers between 0 and 1. A spike is a `customJvp` of one argument that
 * gives zeros and ones; any other `customJvp` stays, so that a rule which does not fit its function shows. Derivatives
 * pass `stopGradient`, which finite differences do not know. The integral is a sum of 32 terms: the derivative fits to
 * about 1e-3 for smooth slopes, and to a few hundredths for slopes with kinks.
 *
 * @example const d = jvp(smoothSpikes(loss), [params], [v])[1]
 */
export const smoothSpikes =
  <A extends readonly Tree[], R extends Tree>(fn: (...args: A) => R): ((...args: A) => R) =>
  (...args) => {
    const { leaves, structure } = treeFlatten(args)
    const flat = flattenFunction(fn, structure)
    const outs = withInterpreter(new Smooth(currentInterpreter()), () => flat(...leaves))
    return restore<R>(flat, outs)
  }
