import { bind } from '../interpreters/currentInterpreter.js'
import { traceFlat } from '../interpreters/traceFlat.js'
import { zeros } from '../numpy/create.js'
import { add } from '../numpy/elementwise.js'
import { sum } from '../numpy/reduce.js'
import { type OverTimeParams, overTimePrimitive } from '../primitives/overTimePrimitive.js'
import { scanPrimitive } from '../primitives/scanPrimitive.js'
import { type CustomJvpParams, customJvpPrimitive } from '../primitives/customJvpPrimitive.js'
import type { ScanParams } from '../program/params.js'
import type { Equation, Primitive, Program } from '../program/program.js'
import type { Aval } from '../tensor/aval.js'
import type { FloatDType } from '../tensor/dtype.js'
import type { Tensor } from '../tensor/tensor.js'

/** Whether an operation is a loop over time; `overTime` is the other operation with a step. */
export const isScan = ({ primitive }: Pick<Equation, 'primitive'>): boolean =>
  primitive === (scanPrimitive as Primitive)

/** The body of a loop, or the step of `overTime`; null for other operations. */
export const bodyOf = (e: Equation): Program | null => {
  if (isScan(e)) return (e.params as ScanParams).body
  return e.primitive === (overTimePrimitive as Primitive) ? (e.params as OverTimeParams).step : null
}

/** The parameters of a loop with another body. */
export const withBody = (e: Equation, body: Program): unknown =>
  isScan(e) ? { ...(e.params as ScanParams), body } : { ...(e.params as OverTimeParams), step: body }

/** Whether an operation is a spike function: one to 0 and 1 with a derivative of its own. */
export const isSpike = ({ primitive, params }: Equation): boolean =>
  primitive === (customJvpPrimitive as Primitive) && (params as CustomJvpParams).program.outputs[0]!.aval.binary

/** The results of a loop, what it carries or adds up beside them, and more sequences. */
export type LoopRun = {
  readonly outs: readonly Tensor[]
  readonly more: readonly Tensor[]
  readonly ys?: readonly Tensor[]
}

/**
 * Runs a loop with another body, more carries, which follow its own, and more sequences.
 *
 * @param body from its inputs and the carries to its results, the next carries and a step of the sequences
 */
export function scanWith(
  p: ScanParams,
  operands: readonly Tensor[],
  carries: readonly Tensor[],
  body: (inputs: readonly Tensor[], carries: readonly Tensor[]) => LoopRun,
): Required<LoopRun> {
  const end = p.constants + p.carries
  const avals = p.body.inputs.map((v) => v.aval)
  const inner = traceFlat(
    (...xs) => {
      const before = xs.splice(end, carries.length)
      const { outs, more, ys = [] } = body(xs, before)
      return [...outs.slice(0, p.carries), ...more, ...outs.slice(p.carries), ...ys]
    },
    [...avals.slice(0, end), ...carries.map((t) => ({ ...t.aval, binary: false })), ...avals.slice(end)],
  )
  const results = p.body.outputs.length + carries.length
  const params: ScanParams = {
    ...p,
    body: inner.program,
    constants: inner.captured.length + p.constants,
    carries: p.carries + carries.length,
    ysAxes: [...p.ysAxes, ...inner.program.outputs.slice(results).map(() => 0)],
  }
  const inputs = [...inner.captured, ...operands.slice(0, end), ...carries, ...operands.slice(end)]
  const outs = [...bind(scanPrimitive, inputs, params)]
  const ys = outs.splice(results)
  const more = outs.splice(p.carries, carries.length)
  return { outs, more, ys }
}

/**
 * Runs a loop, or `overTime`, with another body, and adds up more values over its steps, or returns them step by step.
 *
 * @param values shapes and types of these values
 * @param body from its inputs to its results and these values
 */
export function runLoop(
  e: Equation,
  operands: readonly Tensor[],
  values: readonly Aval[],
  body: (inputs: readonly Tensor[]) => LoopRun,
  time: 'sum' | 'each' = 'sum',
): LoopRun {
  if (isScan(e)) {
    const p = e.params as ScanParams
    if (time === 'each') {
      const { outs, ys } = scanWith(p, operands, [], (xs) => {
        const { outs, more } = body(xs)
        return { outs, more: [], ys: more }
      })
      return { outs, more: ys }
    }
    const none = values.map(({ shape, dtype }) => zeros(shape, dtype as FloatDType))
    return scanWith(p, operands, none, (xs, sofar) => {
      const { outs, more } = body(xs)
      return { outs, more: sofar.map((s, i) => add(s, more[i]!)) }
    })
  }
  const p = e.params as OverTimeParams
  const inner = traceFlat(
    (...xs) => {
      const { outs, more } = body(xs)
      return [...outs, ...more]
    },
    p.step.inputs.map((v) => v.aval),
  )
  const params: OverTimeParams = { ...p, step: inner.program, constants: inner.captured.length + p.constants }
  const outs = [...bind(overTimePrimitive, [...inner.captured, ...operands], params)]
  const more = outs.splice(p.step.outputs.length)
  return { outs, more: time === 'each' ? more : more.map((t) => sum(t, 0)) }
}
