import { bind } from '../interpreters/currentInterpreter.js'
import { backward } from '../interpreters/backward.js'
import { batchFlat } from '../interpreters/batch.js'
import { seriesFlat } from '../interpreters/jetFlat.js'
import { jvpFlat } from '../interpreters/jvpFlat.js'
import { runProgram } from '../interpreters/runProgram.js'
import { traceFlat } from '../interpreters/traceFlat.js'
import type { Primitive, Program } from '../program/program.js'
import { isZero } from '../program/tangent.js'
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
 * The same function of each time step, computed for all steps at once: a loop over time without a state. It consists of
 * the batched operations of the step, and becomes these before a Program is simplified.
 */
export const overTimePrimitive: Primitive<OverTimeParams> = {
  name: 'overTime',
  shape: (ins, p) => programOf(ins, p).outputs.map((a) => a.aval),
  /** The same for steps of values and tangents, so that transforms of layers see time in derivatives too. */
  jvp(x, dx, p) {
    const moving = dx.map((t) => !isZero(t))
    const tangents = dx.filter((t): t is Tensor => !isZero(t))
    const slice = (t: Tensor, i: number): Aval => (i < p.constants ? t.aval : { ...t.aval, shape: t.shape.slice(1) })
    const places = x.flatMap((_, i) => (moving[i] ? [i] : []))
    // Constants come first: those of the step, then their tangents.
    const early = places.filter((i) => i < p.constants)
    const order = [
      ...x.slice(0, p.constants).map((t, i) => ({ t, a: slice(t, i) })),
      ...early.map((i) => ({ t: tangents[places.indexOf(i)]!, a: { ...slice(x[i]!, i), binary: false } })),
      ...x.slice(p.constants).map((t, i) => ({ t, a: slice(t, p.constants + i) })),
      ...places
        .filter((i) => i >= p.constants)
        .map((i) => ({ t: tangents[places.indexOf(i)]!, a: { ...slice(x[i]!, i), binary: false } })),
    ]
    let live: boolean[] = []
    const { program, captured } = traceFlat(
      (...all) => {
        const rest = [...all]
        const constants = rest.splice(0, p.constants)
        const dConstants = rest.splice(0, early.length)
        const values = [...constants, ...rest.splice(0, x.length - p.constants)]
        const moved = [...dConstants, ...rest]
        const along = values.map((v, i) => (moving[i] ? moved.shift()! : { zero: v.aval }))
        const [outs, douts] = jvpFlat((...ins) => runProgram(p.step, ins), values, along)
        live = douts.map((t) => !isZero(t))
        return [...outs, ...douts.filter((t): t is Tensor => !isZero(t))]
      },
      order.map(({ a }) => a),
    )
    const all = [
      ...bind(overTimePrimitive, [...captured, ...order.map(({ t }) => t)], {
        ...p,
        step: program,
        constants: captured.length + p.constants + early.length,
      }),
    ]
    const outs = all.splice(0, live.length)
    return [outs, outs.map((y, i) => (live[i] ? all.shift()! : { zero: y.aval }))]
  },
  series: { each: (operands, p) => seriesFlat((...xs) => run(xs, p), operands, operands[0]!.length) },
  transpose(ct, ins, p) {
    const avals = ins.map((a) => ('known' in a ? a.known.aval : a.linear))
    return backward(programOf(avals, p), ins, ct)
  },
  batch: (size, x, dims, p) => batchFlat((...xs) => run(xs, p), size, x, dims),
  lower: { kind: 'composite', run, program: programOf },
}
