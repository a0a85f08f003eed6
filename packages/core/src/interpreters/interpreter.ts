import type { Primitive } from '../program/program.js'
import type { Tensor } from '../tensor/tensor.js'

/**
 * Gives operations their meaning: evaluate, differentiate, batch, trace. Each wraps the one below and tags its own
 * values.
 */
export interface Interpreter {
  process(primitive: Primitive, inputs: readonly Tensor[], params: unknown): readonly Tensor[]
}
