import { bind } from '../interpreters/currentInterpreter.js'
import { mean } from '../numpy/reduce.js'
import { mul } from '../numpy/elementwise.js'
import { type AffineParams, affinePrimitive } from '../primitives/affinePrimitive.js'
import { stopGradient } from '../primitives/pointwise/cast.js'
import { type ReduceParams, broadcastPrimitive, sumPrimitive } from '../primitives/broadcast.js'
import { type OverTimeParams, overTimePrimitive } from '../primitives/overTimePrimitive.js'
import { scanPrimitive } from '../primitives/scanPrimitive.js'
import type { ScanParams } from '../program/params.js'
import type { Atom, Equation, Primitive, Program } from '../program/program.js'
import { Tensor } from '../tensor/tensor.js'
import { isFloat } from '../tensor/dtype.js'
import { type Tree, treeLeaves } from '../tensor/tree.js'
import { restore } from '../transforms/flat.js'
import { runProgram } from '../interpreters/runProgram.js'
import { layerProgram, unnamed } from './layerProgram.js'
import { bodyOf, isSpike } from './loops.js'
import { type Rate, type Sequence, linked, meanOf, stepByStep, timeDependent } from './rates.js'
import { traceLoop } from './traceLoop.js'

/**
 * A function with the derivative of spike rates: its value is the same, and a loop over time of spiking units has, in
 * the place of the derivative of its steps, that of its mean by a current that is constant in time,
 *
 *     r = loop(I),   ṙ = e ∘ İ,   e = ∂r/∂I
 *
 * e is diagonal, because units of a layer act on each other through layers alone. One tangent of ones for each current
 * gives it exactly, the reset included, while the loop runs forward; the tangent ends where the next layer reads the
 * unit. Everything between loops passes its own derivative at the means over time: layers, pooling, attention,
 * conditions. So the gradient
 *
 *     grad(traces(loss))(params)
 *
 * is back-propagation through spike rates: a reverse pass over layers, of one time step, without one over time, in
 * memory that does not depend on the number of steps. It is exact for one layer of spikes under a constant current;
 * above a layer of spikes it omits how input and trace vary together in time. Learned coefficients of units, such as
 * leaks, have traces of their own, which are exact.
 *
 * In a loop:
 *
 * - Operations element by element on a state carry the tangent, loops inside included.
 * - Any other operation on a state, such as a layer or pooling, ends it and reads the mean over time.
 * - An operation through which a unit acts on itself, such as recurrent weights, passes no error to the step before.
 * - Loops without spikes keep their own derivative, unless they read spikes step by step.
 *
 * Outside of loops, {@link overTime}, other loops, operations element by element, sums and means over time read a
 * sequence of spikes. A loss that compares each step with its own target needs the derivative of each step: use
 * {@link online} or reverse mode.
 *
 * @throws TIME_DEPENDENT for another operation on a sequence of spikes, for a loop inside a loop that reads a layer of
 *   the outer one step by step, and for data that a loop looks up by a counter
 * @see Yu et al. 2024 (2410.11488), rate-based back-propagation, who estimate e by running averages of surrogate slopes
 * @example const [value, g] = valueAndGrad(traces(loss))(params)
 */
export const traces =
  <P extends Tree, A extends readonly Tree[], R extends Tree>(fn: (params: P, ...rest: A) => R) =>
  (params: P, ...rest: A): R => {
    const { program, inputs, flat } = layerProgram(fn, params, rest)
    const closed = inputs.length - treeLeaves([params, ...rest]).length
    const active = inputs.map((x, i) => i >= closed && isFloat(x.dtype))
    const outs = runRates(program, inputs, active).map((y, i) => {
      if (y instanceof Tensor) return y
      throw timeDependent(`result ${i} of the function`)
    })
    return restore<R>(flat, outs)
  }

/**
 * Runs a Program on rates.
 *
 * @param active which inputs may have a derivative
 * @param steps time steps that the inputs are means of
 */
function runRates(program: Program, inputs: readonly Rate[], active: readonly boolean[], steps = 1): Rate[] {
  const derived = new Set<Atom>(program.inputs.filter((_, i) => active[i]))
  const broadcasts = new Set<Atom>()
  return runProgram<Rate>(program, inputs, (e, operands) => {
    const own = e.inputs.map((a) => derived.has(a))
    const repeated = e.inputs.map((a) => broadcasts.has(a))
    if (e.primitive === (broadcastPrimitive as Primitive)) e.outputs.forEach((v) => broadcasts.add(v))
    if (own.includes(true)) e.outputs.forEach((v) => derived.add(v))
    return rateEquation(e, operands, own, steps, repeated)
  })
}

/**
 * One operation on rates.
 *
 * @param repeated which operands are broadcast, and so the same at all steps
 */
function rateEquation(
  e: Equation,
  operands: readonly Rate[],
  active: readonly boolean[],
  steps: number,
  repeated: readonly boolean[] = [],
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
  const { length, axis } = sequence
  const alike = operands.every((x) => x instanceof Tensor || x.axis === axis)
  if (primitive === (overTimePrimitive as Primitive) && axis === 0 && alike) {
    const p = params as OverTimeParams
    const means = operands.map((x, i) => (i < p.constants || !(x instanceof Tensor) ? meanOf(x) : mean(x, 0)))
    const outs = runRates(p.step, means, active, steps * length).map(meanOf)
    const known = operands.map(valueOf)
    // Without names and gradients, so that other transforms find each layer once.
    const plain: OverTimeParams = { ...p, step: unnamed(p.step) }
    const values = known.every((x) => x !== null) ? bind(primitive, known.map(stopGradient), plain) : null
    return outs.map((m, i) => ({ value: values?.[i] ?? null, mean: m, length, axis }))
  }
  if (primitive === (sumPrimitive as Primitive) && (params as ReduceParams).axes.includes(axis)) {
    const { value, mean: own } = sequence
    const axes = (params as ReduceParams).axes.filter((a) => a !== axis).map((a) => (a > axis ? a - 1 : a))
    const total = mul(axes.length === 0 ? own : bind(primitive, [own], { axes })[0]!, length)
    return [value === null ? total : linked(bind(primitive, [value], params)[0]!, total)]
  }
  if (primitive.lower.kind === 'pointwise' && alike && operands.every((x) => !(x instanceof Tensor) || x.ndim === 0)) {
    const means = bind(primitive, operands.map(meanOf), params)
    const known = operands.map(valueOf)
    const values = known.every((x) => x !== null) ? bind(primitive, known, params) : null
    return means.map((m, i) => ({ value: values?.[i] ?? null, mean: m, length, axis }))
  }
  if (!commutesWithMean(primitive, operands, repeated)) throw timeDependent(`'${primitive.name}'`)
  // A layer for all steps whose time is hidden, as in a batch of them: each step has the derivative of the mean.
  return bind(primitive, operands.map(stepByStep), params)
}

/** Linear operations that act on each step alike. */
const structural = new Set(['affine', 'dot', 'reshape', 'transpose', 'broadcast'])

const commutesWithMean = (p: Primitive, operands: readonly Rate[], repeated: readonly boolean[]): boolean =>
  structural.has(p.name) ||
  (p.series === 'linear' && operands.every((x, i) => !(x instanceof Tensor) || x.ndim === 0 || repeated[i] === true))

const valueOf = (x: Rate): Tensor | null => (x instanceof Tensor ? x : x.value)

/** Whether a Program has spikes, in loops too. */
function fires(program: Program): boolean {
  return program.equations.some((e) => {
    const body = bodyOf(e)
    return isSpike(e) || (body !== null && fires(body))
  })
}
