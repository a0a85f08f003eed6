import { SpikewardError } from '../errors.js'
import { bind } from '../interpreters/currentInterpreter.js'
import { add } from '../numpy/elementwise.js'
import { affinePrimitive } from '../primitives/affinePrimitive.js'
import { printAval, sameShape } from '../tensor/aval.js'
import type { Tensor } from '../tensor/tensor.js'
import type { Tree } from '../tensor/tree.js'
import { restore } from '../transforms/flat.js'
import { linked } from './rates.js'
import { type Layer, layerProgram, runLayers, idsOf, unknownLayer } from './layerProgram.js'

/** A tensor for each of some uses of layers, by {@link Layer.id}. */
export type ByLayer = { readonly [name: string]: Tensor }

/**
 * A perturbation for each of some uses of layers, by {@link Layer.id}: a tensor, or a function of the layer's input at
 * the same step.
 */
export type Perturbations = { readonly [name: string]: Tensor | ((x: Tensor) => Tensor) }

/**
 * The layers of a function: every {@link affine} and {@link affineMap} whose weight is computed from the parameters, in
 * the order of the forward pass. A layer in a loop over time is listed once, one that is called in several places once
 * for each, and calls with the same input once.
 *
 * @param fn function of parameters and other arguments; only shapes and types of these matter
 * @example layersOf(network.apply, params, x).map((layer) => layer.id) // ['layers.0.weight', 'readout.weight']
 */
export const layersOf = <P extends Tree, A extends readonly Tree[]>(
  fn: (params: P, ...rest: A) => Tree,
  params: P,
  ...rest: A
): readonly Layer[] => layerProgram(fn, params, rest).layers

/** Options of {@link perturb}. */
export type PerturbOptions = {
  /** The pre-activation of a layer, or its input. Default `preActivation`. */
  readonly at?: 'preActivation' | 'input'
  /**
   * Whether the value moves. `kept` is for perturbations of zero, whose derivatives alone count: the operations of the
   * value are then those of the function, so that a compiled program computes them once beside other passes of it. With
   * `replaced`, the tensor takes the place of the pre-activation or input. Default `moved`.
   */
  readonly value?: 'moved' | 'kept' | 'replaced'
}

/**
 * A function with a perturbation at some of its layers: the pre-activation a of layer l becomes a + p_l, at each step
 * of a time loop.
 *
 *     f(params, …) = perturb(f)({}, params, …),   ∂f/∂a_l summed over time = ∂ perturb(f)/∂p_l at 0
 *
 * It is a function of the perturbations like any other: its jvp is the response to noise at pre-activations, its
 * gradient the error signal of each layer. Perturbations have the shape of the pre-activation at one step, so that each
 * sample has its own. A function of the layer's input x gives one that changes with time: the response to p_l = x V is
 * that to a change V of the weight.
 *
 * @returns function of perturbations by the ids of {@link layersOf}, parameters and other arguments
 * @throws UNKNOWN_LAYER; SHAPE_MISMATCH
 * @see flax's `Module.perturb`, which the author of a network calls at each place; here layers are found in the program
 * @example
 * const [, response] = jvp((p) => perturb(loss)(p, params), [zeros], [noise])
 * const moved = perturb(loss)({ 'readout.weight': (x) => matmul(x, change) }, params) // as with the weight W + change
 */
export const perturb =
  <P extends Tree, A extends readonly Tree[], R extends Tree>(
    fn: (params: P, ...rest: A) => R,
    { at = 'preActivation', value = 'moved' }: PerturbOptions = {},
  ) =>
  (perturbations: Perturbations, params: P, ...rest: A): R => {
    const { program, layers, inputs, flat } = layerProgram(fn, params, rest)
    const unknown = Object.keys(perturbations).find((id) => !idsOf(layers).includes(id))
    if (unknown !== undefined) throw unknownLayer('perturb', unknown, idsOf(layers))
    const outs = runLayers(program, inputs, ({ id, params: p, operands }) => {
      const perturbation = perturbations[id]
      const extra = typeof perturbation === 'function' ? perturbation(operands[p.captured]!) : perturbation
      if (extra !== undefined && at === 'preActivation') checkLike(id, extra, layers.find((l) => l.id === id)!)
      const moved = (x: Tensor): Tensor => {
        if (extra === undefined) return x
        if (value === 'replaced') return extra
        return value === 'moved' ? add(x, extra) : linked(x, add(x, extra))
      }
      if (at === 'input') {
        const own = operands.map((t, i) => (i === p.captured ? moved(t) : t))
        return bind(affinePrimitive, own, p)
      }
      return bind(affinePrimitive, operands, p).map(moved)
    })
    return restore<R>(flat, outs)
  }

function checkLike(id: string, p: Tensor, { shape, dtype }: Layer): void {
  if (sameShape(p.shape, shape) && p.dtype === dtype) return
  throw new SpikewardError(
    'SHAPE_MISMATCH',
    `perturb: the perturbation of '${id}' is ${printAval(p.aval)}, its pre-activation ${dtype}[${shape.join(',')}]; they must agree`,
  )
}
