import { bind } from './context.js'
import type { Atom, Program, Var } from '../program/program.js'
import { isLiteral } from '../program/program.js'
import { LiteralTensor } from '../tensor/tensor.js'
import type { Tensor } from '../tensor/tensor.js'

/** Runs a Program under the interpreter in charge, which evaluates, traces, differentiates or batches it. */
export function runProgram(program: Program, inputs: readonly Tensor[]): Tensor[] {
  const values = new Map<Var, Tensor>()
  program.inputs.forEach((v, i) => values.set(v, inputs[i]!))
  const read = (a: Atom): Tensor => (isLiteral(a) ? new LiteralTensor(a.aval, a.literal) : values.get(a)!)
  for (const { primitive, inputs: ins, params, outputs } of program.equations) {
    const results = bind(primitive, ins.map(read), params)
    outputs.forEach((v, i) => values.set(v, results[i]!))
  }
  return program.outputs.map(read)
}
