import { affine as layer, mul, reshape, sub } from '@spikeward/core'
import { unsupported } from '../graph/nodeTypes.js'
import { type NirArray, doubles, toDoubles } from '../graph/nirData.js'
import { keys, stepperKeys } from '../graph/metadata.js'
import { arrayOf, shapesOf } from '../graph/shapes.js'
import type { Executor, MakeExecutor } from './executor.js'

/** A node without state. */
export const stateless = (
  shape: readonly number[],
  parameters: Executor['parameters'],
  learned: readonly string[],
  apply: (
    p: Parameters<Executor['step']>[0],
    x: Parameters<Executor['step']>[2],
  ) => ReturnType<Executor['step']>['output'],
): Executor => ({
  learned,
  parameters,
  shape,
  rest: () => null,
  step: (p, state, x) => ({ state, output: apply(p, x) }),
})

/** Passes its signal on: Input and Output. */
export const identity: MakeExecutor = (_name, _node, input) => stateless(input, {}, [], (_, x) => x)

/** y = W x + b, or y = W x. The weight is held transposed, [in, out]. */
export const affine: MakeExecutor = (name, node) => {
  const weight = arrayOf(name, node, 'weight')
  if (weight.shape.length !== 2) {
    const why = `its weight has ${weight.shape.length} axes`
    throw unsupported(name, node.type, why, 'split it into one node with a weight [out, in] for each part')
  }
  const shape = shapesOf(name, node).output!
  const isFixed = node.metadata[keys.fixed] === 'true'
  if (node.type === 'Linear') {
    const learned = isFixed ? [] : ['weight']
    return stateless(shape, { weight: forLayer(weight) }, learned, (p, x) => layer({ weight: p['weight']! }, x))
  }
  const bias = doubles(shape, toDoubles(arrayOf(name, node, 'bias')))
  const learned = isFixed ? [] : ['weight', 'bias']
  return stateless(shape, { weight: forLayer(weight), bias }, learned, (p, x) =>
    layer({ weight: p['weight']!, bias: p['bias']! }, x),
  )
}

/** An array with its axes in another order. */
function reordered({ shape, data }: NirArray, order: readonly number[]): NirArray {
  const strides = shape.map((_, a) => shape.slice(a + 1).reduce((n, size) => n * size, 1))
  const sizes = order.map((a) => shape[a]!)
  const values = Float64Array.from({ length: data.length }, (_, i) => {
    let [rest, from] = [i, 0]
    for (let a = order.length - 1; a >= 0; a--) {
      from += (rest % sizes[a]!) * strides[order[a]!]!
      rest = Math.floor(rest / sizes[a]!)
    }
    return Number(data[from])
  })
  return doubles(sizes, values)
}

/** A weight [out, in, k…] of a file as the layer's [k…, in, out]: the transpose of a matrix. */
export const forLayer = (weight: NirArray): NirArray =>
  reordered(weight, [...weight.shape.slice(2).map((_, a) => a + 2), 1, 0])

/** The inverse of {@link forLayer}. */
export function forFile(weight: NirArray): NirArray {
  const rank = weight.shape.length
  return reordered(weight, [rank - 1, rank - 2, ...weight.shape.slice(2).map((_, a) => a)])
}

/** y = s ∘ x. */
export const scale: MakeExecutor = (name, node) => {
  const array = arrayOf(name, node, 'scale')
  return stateless(array.shape, { scale: array }, ['scale'], (p, x) => mul(x, p['scale']!))
}

/** y = H(x − θ), 0 at the threshold. */
export const threshold: MakeExecutor = (name, node, _input, { spike }) => {
  if (node.metadata[stepperKeys.unit] !== undefined)
    throw unsupported(name, node.type, 'it is a unit that sends changes', 'read the graph with stepperFromNir')
  const array = arrayOf(name, node, 'threshold')
  return stateless(array.shape, { threshold: array }, [], (p, x) => spike(sub(x, p['threshold']!)))
}

/** Joins the axes `start_dim` to `end_dim` of a signal into one. */
export const flatten: MakeExecutor = (name, node, input) => {
  const known = { ...node, parameters: { ...node.parameters, input_type: doubles([input.length], input) } }
  const output = shapesOf(name, known).output!
  return stateless(output, {}, [], (_, x) => reshape(x, [x.shape[0]!, ...output]))
}
