import type { Aval } from '../tensor/aval.js'
import { withInterpreter } from './currentInterpreter.js'
import { SpikewardError } from '../errors.js'
import type { Atom, ClosedProgram, Equation, Interpreter, Primitive, Var } from '../program/program.js'
import { LiteralTensor, Tensor } from '../tensor/tensor.js'

/** A variable of a Program being traced. */
export class TracedTensor extends Tensor {
  constructor(
    readonly owner: Tracer,
    readonly variable: Var,
  ) {
    super()
  }

  get aval(): Aval {
    return this.variable.aval
  }
}

/** Records every operation as an equation. Tensors from outside become captured inputs. */
export class Tracer implements Interpreter {
  readonly equations: Equation[] = []
  readonly captured: Tensor[] = []
  readonly #capturedVars: Var[] = []
  readonly #vars = new Map<Tensor, Var>()
  #count = 0

  variable(a: Aval): Var {
    return { id: this.#count++, aval: a }
  }

  process(primitive: Primitive, inputs: readonly Tensor[], params: unknown): readonly Tensor[] {
    const atoms = inputs.map((t) => this.atom(t))
    const outputs = primitive
      .shape(
        atoms.map((a) => a.aval),
        params,
      )
      .map((a) => this.variable(a))
    this.equations.push({ primitive, inputs: atoms, params, outputs })
    return outputs.map((v) => new TracedTensor(this, v))
  }

  atom(t: Tensor): Atom {
    if (t instanceof TracedTensor && t.owner === this) return t.variable
    if (t instanceof LiteralTensor) return { literal: t.value, aval: t.aval }
    const known = this.#vars.get(t)
    if (known !== undefined) return known
    const v = this.variable(t.aval)
    this.#vars.set(t, v)
    this.captured.push(t)
    this.#capturedVars.push(v)
    return v
  }

  get capturedVars(): readonly Var[] {
    return this.#capturedVars
  }
}

/**
 * Traces `fn` on abstract values to a Program. Its inputs are the captured tensors, then the inputs of `fn`.
 * Throws ASYNC_FUNCTION when `fn` returns a Promise.
 */
export function traceFlat(fn: (...inputs: Tensor[]) => readonly Tensor[], avals: readonly Aval[]): ClosedProgram {
  const tracer = new Tracer()
  const variables = avals.map((a) => tracer.variable(a))
  const results: unknown = withInterpreter(tracer, () => fn(...variables.map((v) => new TracedTensor(tracer, v))))
  if (!isList(results)) {
    throw new SpikewardError(
      'ASYNC_FUNCTION',
      'a traced function returned a Promise; traced functions must be synchronous; await before or after',
    )
  }
  const outputs = results.map((t) => tracer.atom(t))
  return {
    program: { inputs: [...tracer.capturedVars, ...variables], equations: tracer.equations, outputs },
    captured: tracer.captured,
  }
}

const isList = (x: unknown): x is readonly Tensor[] => Array.isArray(x)
