import { evaluator } from './evaluate.js'
import type { Primitive } from '../program/primitive.js'
import type { Tensor } from '../tensor/tensor.js'

/**
 * Gives operations their meaning: evaluate, differentiate, batch, trace. Each wraps the one below and tags its own
 * values.
 */
export interface Interpreter {
  process(primitive: Primitive, inputs: readonly Tensor[], params: unknown): readonly Tensor[]
}

/**
 * The interpreter in charge: the one dynamic context of the library, changed only for the length of a synchronous call.
 */
let current: Interpreter = evaluator

/** Runs `body` with `interpreter` in charge. */
export function withInterpreter<R>(interpreter: Interpreter, body: () => R): R {
  const outer = current
  current = interpreter
  try {
    return body()
  } finally {
    current = outer
  }
}

/** The interpreter in charge. */
export const currentInterpreter = (): Interpreter => current

/** True outside all transforms, where operations run at once. */
export const isEager = (): boolean => current === evaluator

/** Performs an operation: hands it to the interpreter in charge. */
export const bind = <P>(primitive: Primitive<P>, inputs: readonly Tensor[], params: P): readonly Tensor[] =>
  current.process(primitive, inputs, params)
