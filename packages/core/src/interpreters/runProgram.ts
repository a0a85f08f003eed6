import { type Atom, type Equation, type Program, type Var, isLiteral } from '../program/program.js'
import { type Tensor, LiteralTensor } from '../tensor/tensor.js'
import { bind } from './currentInterpreter.js'

/**
 * Runs a Program under the interpreter in charge, which evaluates, traces, differentiates or batches it.
 *
 * @param evaluate performs an equation on the values of its inputs; default: its own operation
 */
export function runProgram<T = never>(
  program: Program,
  inputs: readonly (Tensor | T)[],
  evaluate: (e: Equation, operands: readonly (Tensor | T)[]) => readonly (Tensor | T)[] = (e, operands) =>
    bind(e.primitive, operands as readonly Tensor[], e.params),
): (Tensor | T)[] {
  const values = new Map<Var, Tensor | T>(program.inputs.map((v, i) => [v, inputs[i]!]))
  const value = (a: Atom): Tensor | T => (isLiteral(a) ? new LiteralTensor(a.aval, a.literal) : values.get(a)!)
  for (const e of program.equations) {
    const results = evaluate(e, e.inputs.map(value))
    e.outputs.forEach((v, i) => values.set(v, results[i]!))
  }
  return program.outputs.map(value)
}

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
