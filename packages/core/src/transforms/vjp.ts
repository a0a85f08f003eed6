import { printAval } from '../tensor/aval.js'
import { isFloat } from '../tensor/dtype.js'
import { SpikewardError } from '../errors.js'
import { backward } from '../interpreters/backward.js'
import { jvpFlat } from '../interpreters/jvpFlat.js'
import { runProgram } from '../interpreters/runProgram.js'
import { splitProgram } from '../interpreters/splitProgram.js'
import { traceFlat } from '../interpreters/traceFlat.js'
import { instantiate, zerosOf, zeroOf } from '../primitives/pointwise/pointwise.js'
import { type Tangent, isZero } from '../program/tangent.js'
import type { Program } from '../program/program.js'
import { expandComposites } from '../program/passes/inlineProgram.js'
import { simplify } from '../program/passes/simplify.js'
import type { Tensor } from '../tensor/tensor.js'
import { type Tree, treeFlatten, treeUnflatten } from '../tensor/tree.js'
import { flattenFunction, restore } from './flat.js'
import { onesLike } from '../numpy/create.js'

/** The value of a function at a point, and its derivative there as a Program that is linear in the tangents. */
interface Linearized {
  readonly outs: Tensor[]
  readonly residuals: Tensor[]
  readonly linear: Program
  /** Which inputs have a tangent (floats), and which results depend on one. */
  readonly active: boolean[]
  readonly dependent: readonly boolean[]
}

/** Traces jvp and splits it: the part that depends on tangents stays a linear Program, the rest runs now. */
function linearizeFlat(fn: (...inputs: Tensor[]) => readonly Tensor[], primals: readonly Tensor[]): Linearized {
  const active = primals.map((x) => isFloat(x.dtype))
  const n = primals.length
  let dependent: boolean[] = []
  const tangentAvals = primals.filter((_, i) => active[i]).map((x) => ({ ...x.aval, binary: false }))
  const { program, captured } = traceFlat(
    (...inputs) => {
      const rest = inputs.slice(n)
      const tangents = active.map((a, i): Tangent => (a ? rest.shift()! : zeroOf(primals[i]!)))
      const [outs, douts] = jvpFlat(fn, inputs.slice(0, n), tangents)
      dependent = douts.map((t) => !isZero(t))
      return [...outs, ...douts.filter((t): t is Tensor => !isZero(t))]
    },
    [...primals.map((x) => x.aval), ...tangentAvals],
  )
  const simple = simplify(expandComposites(program))
  const known = captured.length + n
  const count = dependent.length
  const cut = splitProgram(
    simple,
    simple.inputs.map((_, i) => i >= known),
    simple.outputs.map((_, i) => i >= count),
  )
  const values = runProgram(simplify(cut.known), [...captured, ...primals])
  return {
    outs: values.slice(0, count),
    residuals: values.slice(count),
    linear: simplify(cut.linear),
    active,
    dependent,
  }
}

/**
 * The value of `fn` and its derivative as a linear function of tangents, which can be called many times.
 *
 * @example const [y, push] = linearize(f, x); const dy = push(v)
 */
export function linearize<A extends readonly Tree[], R extends Tree>(
  fn: (...args: A) => R,
  ...primals: A
): [R, (...tangents: A) => R] {
  const x = treeFlatten(primals)
  const flat = flattenFunction(fn, x.structure)
  const l = linearizeFlat(flat, x.leaves)
  const push = (...tangents: A): R => {
    const v = treeFlatten(tangents).leaves.filter((_, i) => l.active[i])
    const douts = runProgram(l.linear, [...l.residuals, ...v])
    return restore<R>(
      flat,
      l.outs.map((y, i) => (l.dependent[i] ? douts.shift()! : zerosOf(y.aval))),
    )
  }
  return [restore<R>(flat, l.outs), push]
}

/**
 * Vector-Jacobian product in reverse mode: the value of `fn`, and a function from a cotangent of the result to
 * cotangents of the arguments, ctᵀ · ∂f(x). It stores every step of a scan, so its memory grows with the number of
 * steps; forward mode avoids that. It is derived from forward mode: jvp, partially evaluated and transposed.
 *
 * @returns the value, and a function from a cotangent of the value to one cotangent for each argument (zeros for
 *   integers)
 * @example const [y, pull] = vjp((x) => mul(x, x), tensor(3)); const [dx] = pull(tensor(1))   // 6
 */
export function vjp<A extends readonly Tree[], R extends Tree>(
  fn: (...args: A) => R,
  ...primals: A
): [R, (cotangent: R) => A] {
  const x = treeFlatten(primals)
  const flat = flattenFunction(fn, x.structure)
  const l = linearizeFlat(flat, x.leaves)
  const pull = (cotangent: R): A => {
    const cts = treeFlatten(cotangent).leaves.filter((_, i) => l.dependent[i])
    const linearInputs = l.linear.inputs.slice(l.residuals.length).map((v) => ({ linear: v.aval }))
    const back = backward(l.linear, [...l.residuals.map((known) => ({ known })), ...linearInputs], cts).slice(
      l.residuals.length,
    )
    return treeUnflatten(
      x.structure,
      x.leaves.map((p, i) => (l.active[i] ? instantiate(back.shift()!) : zerosOf(p.aval))),
    ) as unknown as A
  }
  return [restore<R>(flat, l.outs), pull]
}

/**
 * The value of a scalar function and its gradient with respect to the first argument, in reverse mode.
 *
 * @example const [value, g] = valueAndGrad(loss)(params, batch)
 */
export function valueAndGrad<P extends Tree, B extends readonly Tree[]>(
  fn: (params: P, ...rest: B) => Tensor,
): (params: P, ...rest: B) => [Tensor, P] {
  return (params, ...rest) => {
    const [value, pull] = vjp((p: P) => fn(p, ...rest), params)
    if (value.ndim !== 0 || !isFloat(value.dtype)) {
      throw new SpikewardError(
        'NOT_A_SCALAR',
        `grad of a function whose result is ${printAval(value.aval)}; a gradient needs a floating-point scalar; sum or mean it, or use vjp`,
      )
    }
    return [value, pull(onesLike(value))[0]]
  }
}

/** The gradient of a scalar function with respect to its first argument. */
export const grad =
  <P extends Tree, B extends readonly Tree[]>(fn: (params: P, ...rest: B) => Tensor) =>
  (params: P, ...rest: B): P =>
    valueAndGrad(fn)(params, ...rest)[1]
