import { bind } from '../interpreters/currentInterpreter.js'
import { runProgram } from '../interpreters/runProgram.js'
import { add, div, mul } from '../numpy/elementwise.js'
import { affinePrimitive } from '../primitives/affinePrimitive.js'
import type { AffineParams } from '../primitives/affinePrimitive.js'
import type { Primitive, Program, Var } from '../program/program.js'
import { isFloat } from '../tensor/dtype.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'
import { restore } from '../transforms/flat.js'
import { layerProgram } from './layerProgram.js'
import { bodyOf, runLoop } from './loops.js'
import type { ByLayer } from './perturb.js'

/** Options of {@link collect}. */
export type CollectOptions = {
  /** The input of a layer, or its pre-activation. Default `input`. */
  readonly at?: 'input' | 'preActivation'
}

/**
 * A function that also returns the presynaptic input of each of its layers: x of a = L(x, W) + b, and in a time loop its mean over the steps,
 * which is summed while the loop runs, so that memory does not depend on the number of steps. With `at: 'preActivation'` it returns a
 * in the same way.
 *
 * Because a layer is affine, its mean pre-activation is L(x̄, W) + b, and the gradient of its weight for an error signal that is constant
 * over time is the adjoint of L(x̄, ·); see {@link layerGradient}.
 *
 * @returns function of parameters and other arguments, with the result and, by the ids of {@link layersOf}, the inputs or pre-activations
 * @see flax's `Module.sow`, which the author of a network calls at each place
 * @example const [y, inputs] = collect(network.apply)(params, x); inputs['readout.weight'] // mean rates, [N, n]
 */
export const collect =
  <P extends Tree, A extends readonly Tree[], R extends Tree>(
    fn: (params: P, ...rest: A) => R,
    { at = 'input' }: CollectOptions = {},
  ) =>
  (params: P, ...rest: A): [R, ByLayer] => {
    const { program, inputs, flat } = layerProgram(fn, params, rest)
    const { outs, sums } = run(program, inputs, at)
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

type At = NonNullable<CollectOptions['at']>

function run(program: Program, inputs: readonly Tensor[], at: At): { readonly outs: Tensor[]; readonly sums: Sums } {
  const sums: Sums = new Map()
  const outs = runProgram(program, inputs, (e, operands) => {
    const p = e.params as AffineParams
    if (e.primitive === (affinePrimitive as Primitive) && p.id !== null) {
      const outs = bind(e.primitive, operands, p)
      const x = at === 'input' ? operands[p.captured]! : outs[0]!
      into(sums, p.id, { total: p.steps === 1 ? x : mul(x, p.steps), steps: p.steps })
      return outs
    }
    const body = bodyOf(e)
    const seen = body === null ? [] : [...valuesIn(body, at)]
    if (body === null || seen.length === 0) return bind(e.primitive, operands, e.params)
    const { length } = e.params as { readonly length: number }
    const avals = seen.map(([, { aval }]) => aval)
    const found = runLoop(e, operands, avals, (xs) => {
      const inner = run(body, xs, at)
      return { outs: inner.outs, more: seen.map(([id]) => inner.sums.get(id)!.total) }
    })
    seen.forEach(([id, { steps }], i) => into(sums, id, { total: found.more[i]!, steps: steps * length }))
    return found.outs
  })
  return { outs, sums }
}

/** Type of the value at each named layer of a Program at one step, and the steps that see it. */
function valuesIn(program: Program, at: At): Map<string, { readonly aval: Var['aval']; readonly steps: number }> {
  const found = new Map<string, { readonly aval: Var['aval']; readonly steps: number }>()
  const note = (name: string, aval: Var['aval'], steps: number): void => {
    found.set(name, { aval, steps: (found.get(name)?.steps ?? 0) + steps })
  }
  for (const e of program.equations) {
    const body = bodyOf(e)
    const { length = 1 } = (e.params ?? {}) as { readonly length?: number }
    if (body !== null) valuesIn(body, at).forEach(({ aval, steps }, name) => note(name, aval, steps * length))
    if (e.primitive !== (affinePrimitive as Primitive)) continue
    const p = e.params as AffineParams
    const { aval } = at === 'input' ? e.inputs[p.captured]! : e.outputs[0]!
    if (p.id !== null && isFloat(aval.dtype)) note(p.id, aval, p.steps)
  }
  return found
}
