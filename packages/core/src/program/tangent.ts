import type { Aval } from '../tensor/aval.js'
import type { Tensor } from '../tensor/tensor.js'

/** A tangent that is known to be zero, without storage. */
export interface Zero {
  readonly zero: Aval
}

/** A tangent: a tensor of the primal's shape and dtype, or a symbolic zero. */
export type Tangent = Tensor | Zero

/** True for a symbolic zero. */
export const isZero = (t: Tangent): t is Zero => 'zero' in t

/** An operand during transposition: a known value, or a linear operand, of which only the shape is known. */
export type TransposeInput = { readonly known: Tensor } | { readonly linear: Aval }

/** Taylor coefficients of x(t) = x₀ + x₁ t + x₂ t² + …, the value first. Symbolic zeros take no storage. */
export type Series = readonly [Tensor, ...Tangent[]]

/** The coefficients of the only result from those of the operands, all of which have the same number. */
export type SeriesRecurrence<P> = { rule(operands: readonly Series[], p: P): Series }['rule']

/**
 * The Taylor coefficients of a primitive's result from those of its operands.
 *
 * - `linear`: the operation is jointly linear in its float operands, so that every coefficient passes through by itself
 * - `constant`: the result does not change with the operands to any order, as for comparisons
 * - `derived`: from the jvp rule, since y′(t) = ∂f(x(t)) x′(t) gives coefficient k + 1 of y from coefficient k of the
 *   right side
 * - a function: a recurrence, for operations that are common in smooth networks
 * - `each`: the same for an operation of several results
 */
export type SeriesRule<P> =
  | 'linear'
  | 'constant'
  | 'derived'
  | SeriesRecurrence<P>
  | { each(operands: readonly Series[], p: P): readonly Series[] }
