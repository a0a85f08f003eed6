import type { Aval } from '../tensor/aval.js'
import { bind, currentInterpreter, withInterpreter } from './currentInterpreter.js'
import type { Dim, Interpreter, Primitive } from '../program/program.js'
import { Tensor } from '../tensor/tensor.js'

/** A value whose first axis is the batch of one call of vmap. */
class BatchTensor extends Tensor {
  readonly aval: Aval

  constructor(
    readonly owner: Batch,
    readonly value: Tensor,
  ) {
    super()
    this.aval = { ...value.aval, shape: value.shape.slice(1) }
  }
}

/** Does each operation for the whole batch; values that do not depend on the batch are computed once. */
class Batch implements Interpreter {
  constructor(
    readonly parent: Interpreter,
    readonly size: number,
  ) {}

  process(primitive: Primitive, inputs: readonly Tensor[], params: unknown): readonly Tensor[] {
    const values = inputs.map((t) => this.value(t))
    const dims = inputs.map((t) => this.dim(t))
    return withInterpreter(this.parent, () => {
      if (dims.every((d) => d === null)) return bind(primitive, values, params)
      const [outs, outDims] = primitive.batch(this.size, values, dims, params)
      return outs.map((y, i) => this.wrap(y, outDims[i]!))
    })
  }

  wrap(value: Tensor, dim: Dim): Tensor {
    return dim === null ? value : new BatchTensor(this, value)
  }

  value(t: Tensor): Tensor {
    return t instanceof BatchTensor && t.owner === this ? t.value : t
  }

  dim(t: Tensor): Dim {
    return t instanceof BatchTensor && t.owner === this ? 0 : null
  }
}

/** Runs `fn` over a batch of `size` and returns the results with their batch axes. */
export function batchFlat(
  fn: (...inputs: Tensor[]) => readonly Tensor[],
  size: number,
  inputs: readonly Tensor[],
  dims: readonly Dim[],
): [Tensor[], Dim[]] {
  const batch = new Batch(currentInterpreter(), size)
  const wrapped = inputs.map((t, i) => batch.wrap(t, dims[i]!))
  const outs = withInterpreter(batch, () => fn(...wrapped))
  return [outs.map((t) => batch.value(t)), outs.map((t) => batch.dim(t))]
}
