import { evaluateEquation } from './evaluateEquation.js'
import type { Program, Var } from '../program/program.js'
import { isLiteral } from '../program/program.js'
import { LiteralTensor } from '../tensor/tensor.js'
import type { Tensor } from '../tensor/tensor.js'

/** Runs a Program under the interpreter in charge, which evaluates, traces, differentiates or batches it. */
export function runProgram(program: Program, inputs: readonly Tensor[]): Tensor[] {
  const values = new Map<Var, Tensor>()
  program.inputs.forEach((v, i) => values.set(v, inputs[i]!))
  const read = (v: Var): Tensor => values.get(v)!
  for (const equation of program.equations) {
    const results = evaluateEquation(equation, read)
    equation.outputs.forEach((v, i) => values.set(v, results[i]!))
  }
  return program.outputs.map((a) => (isLiteral(a) ? new LiteralTensor(a.aval, a.literal) : read(a)))
}
