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
