import type { Primitive } from '../program/program.js'
import type { Tensor } from '../tensor/tensor.js'

/**
 * Gives operations their meaning: it evaluates, differentiates, batches or traces them. Each interpreter wraps the one
 * that was in charge before and tags its own values.
 */
export interface Interpreter {
  process(primitive: Primitive, inputs: readonly Tensor[], params: unknown): readonly Tensor[]
}
