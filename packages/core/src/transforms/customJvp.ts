import { bind } from '../interpreters/currentInterpreter.js'
import { traceFlat } from '../interpreters/traceFlat.js'
import { customJvpPrimitive } from '../primitives/customJvpPrimitive.js'
import type { JvpRule } from '../primitives/customJvpPrimitive.js'
import type { Tensor } from '../tensor/tensor.js'

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
