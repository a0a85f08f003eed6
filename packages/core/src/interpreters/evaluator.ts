import type { Executable } from '../backend/backend.js'
import { cacheByBackend } from '../boundedCache.js'
import { commonBackend, concrete, execute } from '../backend/execute.js'
import { lower } from '../lower/lower.js'
import type { Interpreter, Primitive, Program, Var } from '../program/program.js'
import { printParams } from '../program/printProgram.js'
import { type Aval, printAval } from '../tensor/aval.js'
import { type Tensor, LiteralTensor } from '../tensor/tensor.js'

/** Number of compiled operations cached for each backend. */
const keptOperations = 512

interface Compiled {
  readonly executable: Executable
  readonly outs: readonly Aval[]
}

const compiledOn = cacheByBackend<Compiled>(keptOperations, (c) => c.executable.dispose())

/** A Program of one equation. Numbers are operands like tensors, so that all numbers share one Program. */
function single(primitive: Primitive, inputs: readonly Tensor[], params: unknown): Program {
  let count = 0
  const fresh = (a: Aval): Var => ({ id: count++, aval: a })
  const variables = inputs.map((t) => fresh(t.aval))
  const outputs = primitive
    .shape(
      inputs.map((t) => t.aval),
      params,
    )
    .map(fresh)
  return { inputs: variables, equations: [{ primitive, inputs: variables, params, outputs }], outputs }
}

/** The bottom interpreter: it compiles each operation, once for its shapes and parameters, and runs it immediately. */
export const evaluator: Interpreter = {
  process(primitive, inputs, params) {
    const backend = commonBackend(inputs)
    const operands = inputs.map((t) => concrete(t, backend))
    const key = `${primitive.name} ${printParams(params)} ${inputs.map((t) => printAval(t.aval)).join(' ')}`
    const { executable, outs } = compiledOn(backend).get(key, () => {
      const program = single(primitive, inputs, params)
      return {
        executable: backend.compile(lower(program, { windows: backend.capabilities.windows ?? false })),
        outs: program.outputs.map((a) => a.aval),
      }
    })
    const results = execute(backend, executable, operands, outs)
    operands.forEach((t, i) => inputs[i] instanceof LiteralTensor && t.dispose())
    return results
  },
}
