import { backward } from '../interpreters/backward.js'
import { batchFlat } from '../interpreters/batch.js'
import { seriesFlat } from '../interpreters/jetFlat.js'
import { jvpFlat } from '../interpreters/jvpFlat.js'
import { runProgram } from '../interpreters/runProgram.js'
import { traceFlat } from '../interpreters/traceFlat.js'
import type { Primitive, Program } from '../program/program.js'
import type { Aval } from '../tensor/aval.js'
import type { Tensor } from '../tensor/tensor.js'
import { withBatchAxis } from './broadcast.js'

/** Parameters of `overTime`. Operands: constants of the step, then sequences with time as axis 0. */
export interface OverTimeParams {
  /** One step: the constants and one slice of each sequence to the results of the step. */
  readonly step: Program
  readonly length: number
  readonly constants: number
}

function run(operands: readonly Tensor[], { step, length, constants }: OverTimeParams): readonly Tensor[] {
  const [outs, dims] = batchFlat(
    (...all) => runProgram(step, all),
    length,
    operands,
    operands.map((_, i) => (i < constants ? null : 0)),
  )
  return outs.map((y, i) => withBatchAxis(y, dims[i]!, length))
}

const programOf = (ins: readonly Aval[], p: OverTimeParams): Program => traceFlat((...xs) => run(xs, p), ins).program

/**
 * The same function of each time step, computed for all steps at once: a loop over time without a state. It consists of the
 * batched operations of the step, and becomes these before a Program is simplified.
 */
export const overTimePrimitive: Primitive<OverTimeParams> = {
  name: 'overTime',
  shape: (ins, p) => programOf(ins, p).outputs.map((a) => a.aval),
  jvp: (x, dx, p) => jvpFlat((...xs) => run(xs, p), x, dx),
  series: { each: (operands, p) => seriesFlat((...xs) => run(xs, p), operands, operands[0]!.length) },
  transpose(ct, ins, p) {
    const avals = ins.map((a) => ('known' in a ? a.known.aval : a.linear))
    return backward(programOf(avals, p), ins, ct)
  },
  batch: (size, x, dims, p) => batchFlat((...xs) => run(xs, p), size, x, dims),
  lower: { kind: 'composite', run, program: programOf },
}
