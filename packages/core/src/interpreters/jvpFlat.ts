import type { Aval } from '../tensor/aval.js'
import { bind, currentInterpreter, withInterpreter } from './currentInterpreter.js'
import type { Interpreter, Primitive } from '../program/program.js'
import { type Tangent, isZero } from '../program/tangent.js'
import { Tensor } from '../tensor/tensor.js'

/** A primal with its tangent, inside one call of jvp. */
class DualTensor extends Tensor {
  constructor(
    readonly owner: Jvp,
    readonly primal: Tensor,
    readonly tangent: Tensor,
  ) {
    super()
  }

  get aval(): Aval {
    return this.primal.aval
  }
}

/** Propagates tangents: an operation with a nonzero tangent uses its jvp rule, any other runs only on primals. */
class Jvp implements Interpreter {
  constructor(readonly parent: Interpreter) {}

  process(primitive: Primitive, inputs: readonly Tensor[], params: unknown): readonly Tensor[] {
    const primals = inputs.map((t) => this.primal(t))
    const tangents = inputs.map((t) => this.tangent(t))
    return withInterpreter(this.parent, () => {
      if (tangents.every(isZero)) return bind(primitive, primals, params)
      const [outs, douts] = primitive.jvp(primals, tangents, params)
      return outs.map((y, i) => this.dual(y, douts[i]!))
    })
  }

  dual(primal: Tensor, tangent: Tangent): Tensor {
    return isZero(tangent) ? primal : new DualTensor(this, primal, tangent)
  }

  primal(t: Tensor): Tensor {
    return t instanceof DualTensor && t.owner === this ? t.primal : t
  }

  tangent(t: Tensor): Tangent {
    return t instanceof DualTensor && t.owner === this ? t.tangent : { zero: t.aval }
  }
}

/** Runs `fn` on primals and tangents and returns the results and their tangents. */
export function jvpFlat(
  fn: (...inputs: Tensor[]) => readonly Tensor[],
  primals: readonly Tensor[],
  tangents: readonly Tangent[],
): [Tensor[], Tangent[]] {
  const jvp = new Jvp(currentInterpreter())
  const duals = primals.map((x, i) => jvp.dual(x, tangents[i]!))
  const outs = withInterpreter(jvp, () => fn(...duals))
  return [outs.map((t) => jvp.primal(t)), outs.map((t) => jvp.tangent(t))]
}
