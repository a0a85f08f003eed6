import { bind } from '../interpreters/currentInterpreter.js'
import { evaluateEquation } from '../interpreters/evaluateEquation.js'
import { traceFlat } from '../interpreters/traceFlat.js'
import { zeros } from '../numpy/create.js'
import { add, div, mul } from '../numpy/elementwise.js'
import { sum } from '../numpy/reduce.js'
import { affinePrimitive } from '../primitives/affinePrimitive.js'
import type { AffineParams } from '../primitives/affinePrimitive.js'
import { scanPrimitive } from '../primitives/scanPrimitive.js'
import type { OverTimeParams } from '../primitives/overTimePrimitive.js'
import { overTimePrimitive } from '../primitives/overTimePrimitive.js'
import type { ScanParams } from '../program/params.js'
import type { Atom, Equation, Primitive, Program, Var } from '../program/program.js'
import { isLiteral } from '../program/program.js'
import { isFloat } from '../tensor/dtype.js'
import type { FloatDType } from '../tensor/dtype.js'
import { LiteralTensor } from '../tensor/tensor.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'
import { restore } from '../transforms/flat.js'
import { bodyOf, layerProgram } from './layerProgram.js'
import type { ByLayer } from './perturb.js'

/**
 * A function that also returns the presynaptic input of each of its layers: x of y = L(x, W) + b, and in a time loop its mean over the steps,
 * which is summed while the loop runs, so that memory does not depend on the number of steps.
 *
 * Because a layer is affine, its mean pre-activation is L(x̄, W) + b, and the gradient of its weight for an error signal that is constant
 * over time is the adjoint of L(x̄, ·); see {@link layerGradient}.
 *
 * @returns function of parameters and other arguments, with the result and, by the ids of {@link layersOf}, the inputs
 * @see flax's `Module.sow`, which the author of a network calls at each place
 * @example const [y, inputs] = collect(network.apply)(params, x); inputs['readout.weight'] // mean rates, [N, n]
 */
export const collect =
  <P extends Tree, A extends readonly Tree[], R extends Tree>(fn: (params: P, ...rest: A) => R) =>
  (params: P, ...rest: A): [R, ByLayer] => {
    const { program, inputs, flat } = layerProgram(fn, params, rest)
    const { outs, sums } = run(program, inputs)
    const means = [...sums].map(([name, s]) => [name, s.steps === 1 ? s.total : div(s.total, s.steps)] as const)
    return [restore<R>(flat, outs), Object.fromEntries(means)]
  }

/** The sum of a layer's inputs over the steps that see it. */
type Sum = { readonly total: Tensor; readonly steps: number }
type Sums = Map<string, Sum>

const into = (sums: Sums, name: string, { total, steps }: Sum): void => {
  const before = sums.get(name)
  sums.set(
    name,
    before === undefined ? { total, steps } : { total: add(before.total, total), steps: before.steps + steps },
  )
}

function run(program: Program, inputs: readonly Tensor[]): { outs: Tensor[]; sums: Sums } {
  const values = new Map<Var, Tensor>(program.inputs.map((v, i) => [v, inputs[i]!]))
  const value = (a: Atom): Tensor => (isLiteral(a) ? new LiteralTensor(a.aval, a.literal) : values.get(a)!)
  const sums: Sums = new Map()
  for (const e of program.equations) {
    const { outs, found } = runEquation(e, value)
    found.forEach((s, name) => into(sums, name, s))
    e.outputs.forEach((v, i) => values.set(v, outs[i]!))
  }
  return { outs: program.outputs.map(value), sums }
}

function runEquation(e: Equation, value: (a: Atom) => Tensor): { outs: readonly Tensor[]; found: Sums } {
  const found: Sums = new Map()
  const operands = e.inputs.map(value)
  if (e.primitive === (affinePrimitive as Primitive)) {
    const p = e.params as AffineParams
    const x = operands[p.captured]!
    if (p.id !== null) found.set(p.id, { total: p.steps === 1 ? x : mul(x, p.steps), steps: p.steps })
  }
  const body = bodyOf(e)
  const seen = body === null ? [] : [...inputsIn(body)]
  if (body === null || seen.length === 0) return { outs: evaluateEquation(e, (v) => value(v)), found }
  const steps = (e.params as { readonly length: number }).length
  if (e.primitive === (overTimePrimitive as Primitive)) {
    const p = e.params as OverTimeParams
    const inner = traceFlat(
      (...xs) => {
        const { outs, sums } = run(body, xs)
        return [...outs, ...seen.map(([name]) => sums.get(name)!.total)]
      },
      body.inputs.map((v) => v.aval),
    )
    const params = { ...p, step: inner.program, constants: inner.captured.length + p.constants }
    const all = [...bind(overTimePrimitive, [...inner.captured, ...operands], params)]
    const outs = all.splice(0, body.outputs.length)
    seen.forEach(([name, input], i) => found.set(name, { total: sum(all[i]!, 0), steps: input.steps * steps }))
    return { outs, found }
  }
  const p = e.params as ScanParams
  const end = p.constants + p.carries
  const totals = seen.map(([, { aval }]) => zeros(aval.shape, aval.dtype as FloatDType))
  const inner = traceFlat(
    (...xs) => {
      const sofar = xs.splice(end, seen.length)
      const { outs, sums } = run(body, xs)
      const next = seen.map(([name], i) => add(sofar[i]!, sums.get(name)!.total))
      return [...outs.slice(0, p.carries), ...next, ...outs.slice(p.carries)]
    },
    [
      ...body.inputs.slice(0, end).map((v) => v.aval),
      ...totals.map((t) => ({ ...t.aval, binary: false })),
      ...body.inputs.slice(end).map((v) => v.aval),
    ],
  )
  const params: ScanParams = {
    ...p,
    body: inner.program,
    constants: inner.captured.length + p.constants,
    carries: p.carries + seen.length,
  }
  const all = [
    ...bind(scanPrimitive, [...inner.captured, ...operands.slice(0, end), ...totals, ...operands.slice(end)], params),
  ]
  const summed = all.splice(p.carries, seen.length)
  seen.forEach(([name, input], i) => found.set(name, { total: summed[i]!, steps: input.steps * steps }))
  return { outs: all, found }
}

/** Type of the input of each named layer of a Program at one step, and the steps that see it. */
function inputsIn(program: Program): Map<string, { readonly aval: Var['aval']; readonly steps: number }> {
  const found = new Map<string, { readonly aval: Var['aval']; readonly steps: number }>()
  const note = (name: string, aval: Var['aval'], steps: number): void => {
    found.set(name, { aval, steps: (found.get(name)?.steps ?? 0) + steps })
  }
  for (const e of program.equations) {
    const body = bodyOf(e)
    const { length = 1 } = (e.params ?? {}) as { readonly length?: number }
    if (body !== null) inputsIn(body).forEach(({ aval, steps }, name) => note(name, aval, steps * length))
    if (e.primitive !== (affinePrimitive as Primitive)) continue
    const p = e.params as AffineParams
    const { aval } = e.inputs[p.captured]!
    if (p.id !== null && isFloat(aval.dtype)) note(p.id, aval, p.steps)
  }
  return found
}
