import type { Aval } from '../tensor/aval.js'
import type { Primitive } from './primitive.js'
import type { Tensor } from '../tensor/tensor.js'

/** A value of a Program. Identity is the object; `id` is for printing. */
export interface Var {
  readonly id: number
  readonly aval: Aval
}

/** A scalar known when the Program was made. */
export interface Literal {
  readonly literal: number
  readonly aval: Aval
}

/** What an equation reads. */
export type Atom = Var | Literal

/** outputs = primitive(inputs; params). */
export interface Equation {
  readonly primitive: Primitive
  readonly inputs: readonly Atom[]
  readonly params: unknown
  readonly outputs: readonly Var[]
}

/**
 * A function as data: static single assignment, typed, closed (every Var is an input or the output of an earlier
 * equation), without side effects.
 */
export interface Program {
  readonly inputs: readonly Var[]
  readonly equations: readonly Equation[]
  readonly outputs: readonly Atom[]
}

/** A Program whose first inputs are captured tensors: the values that a traced function closed over. */
export interface ClosedProgram {
  readonly program: Program
  readonly captured: readonly Tensor[]
}

/** True for a scalar literal. */
export const isLiteral = (a: Atom): a is Literal => 'literal' in a
