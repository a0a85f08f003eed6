import type { Backend, Executable } from '../backend.js'
import { boundedCache } from '../cache.js'
import type { BoundedCache } from '../cache.js'
import type { Interpreter } from '../context.js'
import { commonBackend, concrete, execute } from '../execute.js'
import { lower } from '../plan/lower.js'
import type { Primitive } from '../primitive.js'
import { printParams } from '../program/print.js'
import type { Atom, Program, Var } from '../program/program.js'
import { printAval } from '../aval.js'
import type { Aval } from '../aval.js'
import { LiteralTensor } from '../tensor.js'
import type { Tensor } from '../tensor.js'

/** Compiled single operations kept per backend. */
const keptOperations = 512

interface Compiled {
  readonly executable: Executable
  readonly outs: readonly Aval[]
}

const caches = new WeakMap<Backend, BoundedCache<Compiled>>()

function cacheOf(backend: Backend): BoundedCache<Compiled> {
  let cache = caches.get(backend)
  if (cache === undefined) {
    cache = boundedCache<Compiled>(keptOperations, (c) => c.executable.dispose())
    caches.set(backend, cache)
  }
  return cache
}

/** A Program of one equation. Literals stay in it when every operand is one, else they are operands like others. */
function single(primitive: Primitive, inputs: readonly Tensor[], params: unknown): Program {
  let count = 0
  const fresh = (a: Aval): Var => ({ id: count++, aval: a })
  const variables: Var[] = []
  const atoms = inputs.map((t): Atom => {
    if (t instanceof LiteralTensor) return { literal: t.value, aval: t.aval }
    const v = fresh(t.aval)
    variables.push(v)
    return v
  })
  const outputs = primitive.shape(atoms.map((a) => a.aval), params).map(fresh)
  return { inputs: variables, equations: [{ primitive, inputs: atoms, params, outputs }], outputs }
}

/** The interpreter at the bottom: every operation is compiled (once per operation, shapes and parameters) and run at once. */
export const evaluator: Interpreter = {
  process(primitive, inputs, params) {
    const backend = commonBackend(inputs)
    const operands = inputs.filter((t) => !(t instanceof LiteralTensor)).map((t) => concrete(t, backend))
    const shapes = inputs.map((t) => printAval(t.aval) + (t instanceof LiteralTensor ? `=${t.value}` : ''))
    const { executable, outs } = cacheOf(backend).get(`${primitive.name} ${printParams(params)} ${shapes.join(' ')}`, () => {
      const program = single(primitive, inputs, params)
      return { executable: backend.compile(lower(program)), outs: program.outputs.map((a) => a.aval) }
    })
    return execute(backend, executable, operands, outs, [])
  },
}

