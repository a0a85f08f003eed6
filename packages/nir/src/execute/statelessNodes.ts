import { affine as layer, mul, reshape, sub } from '@spikeward/core'
import { unsupported } from '../graph/graphErrors.js'
import { doubles, toDoubles } from '../graph/nirData.js'
import type { NirArray } from '../graph/nirData.js'
import { keys } from '../graph/metadata.js'
import { arrayOf, shapesOf } from '../graph/shapes.js'
import type { Executor, MakeExecutor } from './executor.js'

const stateless = (
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
    return stateless(shape, { weight: transposed(weight) }, learned, (p, x) => layer({ weight: p['weight']! }, x))
  }
  const bias = doubles(shape, toDoubles(arrayOf(name, node, 'bias')))
  const learned = isFixed ? [] : ['weight', 'bias']
  return stateless(shape, { weight: transposed(weight), bias }, learned, (p, x) =>
    layer({ weight: p['weight']!, bias: p['bias']! }, x),
  )
}

/** The transpose of a matrix. */
export function transposed({ shape: [rows = 0, columns = 0], data }: NirArray): NirArray {
  const values = Float64Array.from({ length: rows * columns }, (_, i) =>
    Number(data[(i % rows) * columns + Math.floor(i / rows)]),
  )
  return doubles([columns, rows], values)
}

/** y = s ∘ x. */
export const scale: MakeExecutor = (name, node) => {
  const array = arrayOf(name, node, 'scale')
  return stateless(array.shape, { scale: array }, ['scale'], (p, x) => mul(x, p['scale']!))
}

/** y = H(x − θ), 0 at the threshold. */
export const threshold: MakeExecutor = (name, node, _input, { spike }) => {
  const array = arrayOf(name, node, 'threshold')
  return stateless(array.shape, { threshold: array }, [], (p, x) => spike(sub(x, p['threshold']!)))
}

/** Joins the axes `start_dim` to `end_dim` of a signal into one. */
export const flatten: MakeExecutor = (name, node, input) => {
  const known = { ...node, parameters: { ...node.parameters, input_type: doubles([input.length], input) } }
  const output = shapesOf(name, known).output!
  return stateless(output, {}, [], (_, x) => reshape(x, [x.shape[0]!, ...output]))
}
