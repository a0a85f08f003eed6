import { SpikewardError } from '../errors.js'
import { bind } from '../interpreters/currentInterpreter.js'
import { affineOperands, affinePrimitive } from '../primitives/affinePrimitive.js'
import { sameShape } from '../tensor/aval.js'
import type { Tensor } from '../tensor/tensor.js'
import { type Tree, treeLeaves } from '../tensor/tree.js'
import { stopGradient } from '../primitives/pointwise/cast.js'
import { restore } from '../transforms/flat.js'
import { layerProgram, runLayers, unknownLayer } from './layerProgram.js'

/**
 * Feedback for each of some layers, by {@link Layer.name}, at all its uses: tensors like those of its weight, or
 * `stop`, which passes no error down.
 */
export type Feedback = { readonly [name: string]: Tree | 'stop' }

/**
 * A function whose derivatives pass down through some of its layers by other weights: y = L(x, W) + b has the tangent
 *
 *     ẏ = L(ẋ, B) + L(x, Ẇ) + ḃ
 *
 * so that an error δ at y reaches x as the adjoint of L(·, B), for any linear map L: a product, a convolution, a sum
 * over edges. Its value is that of the function. With B = W nothing changes; random B is feedback alignment. Through a
 * layer with `stop` no error passes.
 *
 * @returns function of the feedback by the names of layers, see {@link layersOf}, parameters and other arguments
 * @throws UNKNOWN_LAYER; SHAPE_MISMATCH if feedback and weight differ in shape
 * @see Lillicrap et al. 2016 (feedback alignment); Akrout et al. 2019 (1904.05391), weight mirrors
 * @example const g = grad((p) => passDown(loss)({ 'readout.weight': b }, p))(params)
 */
export const passDown =
  <P extends Tree, A extends readonly Tree[], R extends Tree>(fn: (params: P, ...rest: A) => R) =>
  (feedback: Feedback, params: P, ...rest: A): R => {
    const { program, layers, inputs, flat } = layerProgram(fn, params, rest)
    const names = [...new Set(layers.map((l) => l.name))]
    const absent = Object.keys(feedback).find((name) => !names.includes(name))
    if (absent !== undefined) throw unknownLayer('passDown', absent, names)
    const outs = runLayers(program, inputs, ({ name, params: p, operands }) => {
      const back = feedback[name]
      if (back === undefined) return bind(affinePrimitive, operands, p)
      if (back === 'stop')
        return bind(
          affinePrimitive,
          operands.map((t, i) => (i === p.captured ? stopGradient(t) : t)),
          p,
        )
      const { weights } = affineOperands(p, operands)
      const tensors = treeLeaves(back)
      checkLike(name, tensors, weights)
      const plain = p.feedback ? operands.slice(0, operands.length - p.weights) : operands
      return bind(affinePrimitive, [...plain, ...tensors.map(stopGradient)], { ...p, feedback: true })
    })
    return restore<R>(flat, outs)
  }

function checkLike(name: string, feedback: readonly Tensor[], weights: readonly Tensor[]): void {
  if (feedback.length === weights.length && feedback.every((b, i) => sameShape(b.shape, weights[i]!.shape))) return
  const shapes = (all: readonly Tensor[]): string => all.map((t) => `[${t.shape.join(', ')}]`).join(' and ')
  throw new SpikewardError(
    'SHAPE_MISMATCH',
    `passDown: the feedback of '${name}' is ${shapes(feedback)}, its weight ${shapes(weights)}; give one tensor like each`,
  )
}
