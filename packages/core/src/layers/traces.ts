import { bind } from '../interpreters/currentInterpreter.js'
import { mean } from '../numpy/reduce.js'
import { mul } from '../numpy/elementwise.js'
import { affinePrimitive } from '../primitives/affinePrimitive.js'
import type { AffineParams } from '../primitives/affinePrimitive.js'
import { sumPrimitive } from '../primitives/broadcast.js'
import type { ReduceParams } from '../primitives/broadcast.js'
import { customJvpPrimitive } from '../primitives/customJvpPrimitive.js'
import type { CustomJvpParams } from '../primitives/customJvpPrimitive.js'
import { overTimePrimitive } from '../primitives/overTimePrimitive.js'
import type { OverTimeParams } from '../primitives/overTimePrimitive.js'
import { scanPrimitive } from '../primitives/scanPrimitive.js'
import type { ScanParams } from '../program/params.js'
import type { Atom, Equation, Primitive, Program, Var } from '../program/program.js'
import { isLiteral } from '../program/program.js'
import { LiteralTensor, Tensor } from '../tensor/tensor.js'
import { isFloat } from '../tensor/dtype.js'
import type { Tree } from '../tensor/tree.js'
import { treeLeaves } from '../tensor/tree.js'
import { restore } from '../transforms/flat.js'
import { bodyOf, layerProgram } from './layerProgram.js'
import { linked, meanOf, stepByStep } from './rates.js'
import type { Rate, Sequence } from './rates.js'
import { traceLoop } from './traceLoop.js'

/**
 * A function with the derivative of spike rates: its value is the same, and a loop over time of spiking units has, in the place of the
 * derivative of its steps, that of its mean by a current that is constant in time,
 *
 *     r = loop(I),   ṙ = e ∘ İ,   e = ∂r/∂I
 *
 * e is diagonal, because units of a layer act on each other through layers alone. One tangent of ones for each current gives it exactly, the
 * reset included, while the loop runs forward; the tangent ends where the next layer reads the unit. Everything between loops passes its own
 * derivative at the means over time: layers, pooling, attention, conditions. So the gradient
 *
 *     grad(traces(loss))(params)
 *
 * is back-propagation through spike rates: a reverse pass over layers, of one time step, without one over time, in memory that does not depend
 * on the number of steps. It is exact for one layer of spikes under a constant current; above a layer of spikes it omits how input
 * and trace vary together in time. Learned coefficients of units, such as leaks, have traces of their own, which are exact.
 *
 * In a loop:
 *
 * - Operations element by element on a state carry the tangent, loops inside included.
 * - Any other operation on a state, such as a layer or pooling, ends it and reads the mean over time.
 * - An operation through which a unit acts on itself, such as recurrent weights, passes no error to the step before.
 * - Loops without spikes keep their own derivative, unless they read spikes step by step.
 *
 * Outside of loops, {@link overTime}, other loops, operations element by element, sums and means over time read a sequence of spikes by its
 * mean. Any other operation reads all steps, each with the derivative of the mean; its reverse pass then takes memory for all of them.
 *
 * @throws TIME_DEPENDENT for a loop inside a loop that reads a layer of the outer one step by step, and for data that a loop looks up by a counter
 * @see Yu et al. 2024 (2410.11488), rate-based back-propagation, who estimate e by running averages of surrogate slopes
 * @example const [value, g] = valueAndGrad(traces(loss))(params)
 */
export const traces =
  <P extends Tree, A extends readonly Tree[], R extends Tree>(fn: (params: P, ...rest: A) => R) =>
  (params: P, ...rest: A): R => {
    const { program, inputs, flat } = layerProgram(fn, params, rest)
    const closed = inputs.length - treeLeaves([params, ...rest]).length
    const active = inputs.map((x, i) => i >= closed && isFloat(x.dtype))
    return restore<R>(flat, runRates(program, inputs, active).map(stepByStep))
  }

/**
 * Runs a Program on rates.
 *
 * @param active which inputs may have a derivative
 * @param steps time steps that the inputs are means of
 */
function runRates(program: Program, inputs: readonly Rate[], active: readonly boolean[], steps = 1): Rate[] {
  const values = new Map<Var, Rate>(program.inputs.map((v, i) => [v, inputs[i]!]))
  const derived = new Set<Atom>(program.inputs.filter((_, i) => active[i]))
  const value = (a: Atom): Rate => (isLiteral(a) ? new LiteralTensor(a.aval, a.literal) : values.get(a)!)
  for (const e of program.equations) {
    const own = e.inputs.map((a) => derived.has(a))
    const results = rateEquation(e, e.inputs.map(value), own, steps)
    if (own.includes(true)) e.outputs.forEach((v) => derived.add(v))
    e.outputs.forEach((v, i) => values.set(v, results[i]!))
  }
  return program.outputs.map(value)
}

/** One operation on rates. Sequences have time as axis 0. */
function rateEquation(
  e: Equation,
  operands: readonly Rate[],
  active: readonly boolean[],
  steps: number,
): readonly Rate[] {
  const { primitive, params } = e
  const sequence = operands.find((x): x is Sequence => !(x instanceof Tensor))
  if (primitive === (scanPrimitive as Primitive)) {
    const p = params as ScanParams
    if (sequence !== undefined || (fires(p.body) && active.includes(true)))
      return traceLoop(p, operands, active, rateEquation)
  }
  if (sequence === undefined) {
    const layer = primitive === (affinePrimitive as Primitive) && steps > 1
    return bind(primitive, operands as Tensor[], layer ? { ...(params as AffineParams), steps } : params)
  }
  const { length } = sequence
  if (primitive === (overTimePrimitive as Primitive)) {
    const p = params as OverTimeParams
    const means = operands.map((x, i) => (i < p.constants || !(x instanceof Tensor) ? meanOf(x) : mean(x, 0)))
    const outs = runRates(p.step, means, active, steps * length).map(meanOf)
    const known = operands.map(valueOf)
    const values = known.every((x) => x !== null) ? bind(primitive, known, params) : null
    return outs.map((m, i) => ({ value: values?.[i] ?? null, mean: m, length }))
  }
  if (primitive === (sumPrimitive as Primitive) && (params as ReduceParams).axes.includes(0)) {
    const { value, mean: own } = sequence
    const axes = (params as ReduceParams).axes.filter((a) => a !== 0).map((a) => a - 1)
    const total = mul(axes.length === 0 ? own : bind(primitive, [own], { axes })[0]!, length)
    return [value === null ? total : linked(bind(primitive, [value], params)[0]!, total)]
  }
  if (primitive.lower.kind === 'pointwise' && operands.every((x) => !(x instanceof Tensor) || x.ndim === 0)) {
    const means = bind(primitive, operands.map(meanOf), params)
    const known = operands.map(valueOf)
    const values = known.every((x) => x !== null) ? bind(primitive, known, params) : null
    return means.map((m, i) => ({ value: values?.[i] ?? null, mean: m, length }))
  }
  // Any other operation sees all steps, each with the derivative of the mean.
  return bind(primitive, operands.map(stepByStep), params)
}

const valueOf = (x: Rate): Tensor | null => (x instanceof Tensor ? x : x.value)

/** Whether a Program has spikes, in loops too: functions to 0 and 1 with a derivative of their own. */
function fires(program: Program): boolean {
  return program.equations.some((e) => {
    if (e.primitive === (customJvpPrimitive as Primitive))
      return (e.params as CustomJvpParams).program.outputs[0]!.aval.binary
    const body = bodyOf(e)
    return body !== null && fires(body)
  })
}
