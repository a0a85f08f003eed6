import type { Atom, Equation, Var } from '../program/program.js'
import { isLiteral } from '../program/program.js'
import { LiteralTensor } from '../tensor/tensor.js'
import type { Tensor } from '../tensor/tensor.js'
import { bind } from './currentInterpreter.js'

/**
 * Performs one equation of a Program by the interpreter in charge, which is evaluation outside all transforms.
 *
 * @param read the value of a variable
 * @returns the values of the equation's outputs
 */
export function evaluateEquation({ primitive, inputs, params }: Equation, read: (v: Var) => Tensor): readonly Tensor[] {
  const value = (a: Atom): Tensor => (isLiteral(a) ? new LiteralTensor(a.aval, a.literal) : read(a))
  return bind(primitive, inputs.map(value), params)
}
