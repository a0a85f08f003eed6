import { evaluator } from './evaluator.js'
import type { Interpreter, Primitive } from '../program/program.js'
import type { Tensor } from '../tensor/tensor.js'

/** The interpreter in charge. It is the library's only dynamic context, and changes only during a synchronous call. */
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

/** True outside all transforms, where operations run immediately. */
export const isEager = (): boolean => current === evaluator

/** Performs an operation by the interpreter in charge. */
export const bind = <P>(primitive: Primitive<P>, inputs: readonly Tensor[], params: P): readonly Tensor[] =>
  current.process(primitive, inputs, params)
