import { bind } from '../interpreters/currentInterpreter.js'
import { batchFlat } from '../interpreters/batch.js'
import { runProgram } from '../interpreters/runProgram.js'
import { traceFlat } from '../interpreters/traceFlat.js'
import { SpikewardError } from '../errors.js'
import type { Primitive, Program } from '../program/program.js'
import { isZero } from '../program/tangent.js'
import type { Tensor } from '../tensor/tensor.js'
import { withBatchAxis } from './broadcast.js'
import { instantiate } from './pointwise/pointwise.js'

/** Given primals and tangents, the result and its tangent; linear in the tangents. */
export type JvpRule = (primals: readonly Tensor[], tangents: readonly Tensor[]) => readonly [Tensor, Tensor]

/**
 * Parameters: the function as a Program (captured tensors first) and the rule on the operands after the captured ones.
 */
export interface CustomJvpParams {
  readonly program: Program
  readonly captured: number
  readonly rule: JvpRule
}

/** A function with a given derivative, such as the spike: a step with a surrogate slope. */
export const customJvpPrimitive: Primitive<CustomJvpParams> = {
  name: 'customJvp',
  shape: (_ins, { program }) => program.outputs.map((a) => a.aval),
  /** The result is this primitive again, not the rule's result, so that outer derivatives use the rule too. */
  jvp(x, dx, params) {
    const { captured, rule } = params
    if (!dx.slice(0, captured).every(isZero)) {
      throw new SpikewardError(
        'CUSTOM_JVP_CAPTURE',
        'customJvp: the function closes over a value that is being differentiated, and its rule does not receive the tangent of that value; make the value an argument',
      )
    }
    const [, dy] = rule(x.slice(captured), dx.slice(captured).map(instantiate))
    return [bind(customJvpPrimitive, x, params), [dy]]
  },
  series: 'derived',
  transpose: 'nonlinear',
  batch(size, x, dims, { program, captured, rule }) {
    const traced = traceFlat(
      (...inputs) => {
        const [outs, outDims] = batchFlat((...xs) => runProgram(program, xs), size, inputs, dims)
        return outs.map((t, i) => withBatchAxis(t, outDims[i]!, size))
      },
      x.map((t) => t.aval),
    )
    const own = dims.slice(captured)
    const batchedRule: JvpRule = (primals, tangents) => {
      const half = primals.length
      const [outs, outDims] = batchFlat(
        (...all) => rule(all.slice(0, half), all.slice(half)),
        size,
        [...primals, ...tangents],
        [...own, ...own],
      )
      return [withBatchAxis(outs[0]!, outDims[0]!, size), withBatchAxis(outs[1]!, outDims[1]!, size)]
    }
    const y = bind(customJvpPrimitive, [...traced.captured, ...x], {
      program: traced.program,
      captured: traced.captured.length + captured,
      rule: batchedRule,
    })
    return [y, [0]]
  },
  lower: { kind: 'inline', program: (p) => p.program },
}
