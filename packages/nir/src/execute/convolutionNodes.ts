/** Convolutions and pooling. Signals are [channels, …space], as in the standard; the operations take channels last. */
import { type Padding, type Tensor, affineMap, avgPool, conv, mul, pad, transpose } from '@spikeward/core'
import { malformed } from '../graph/nodeTypes.js'
import { keys } from '../graph/metadata.js'
import { type NirNode, doubles, toDoubles } from '../graph/nirData.js'
import { arrayOf, outputSpace, shapesOf, spatial } from '../graph/shapes.js'
import type { MakeExecutor } from './executor.js'
import { forLayer, stateless } from './statelessNodes.js'

/** An operation on channels last as one on [batch, channels, …space]. */
function channelsLast(x: Tensor, apply: (x: Tensor) => Tensor): Tensor {
  const space = x.shape.slice(2).map((_, a) => a)
  const y = apply(transpose(x, [0, ...space.map((a) => a + 2), 1]))
  return transpose(y, [0, y.ndim - 1, ...space.map((a) => a + 1)])
}

/** y = W ∗ x + b, a cross-correlation: Conv1d and Conv2d. The weight is held as [k…, in, out]. */
export const convolution: MakeExecutor = (name, node, input) => {
  const weight = arrayOf(name, node, 'weight')
  const space = weight.shape.slice(2)
  const at = (parameter: string): number[] => spatial(name, node, parameter, space.length)
  const { padding: written } = node.parameters
  const padding: Padding = written === 'same' || written === 'valid' ? written : at('padding').map((p) => [p, p])
  const options = { stride: at('stride'), dilation: at('dilation'), groups: at('groups')[0]!, padding }
  const shapes = shapesOf(name, withInput(node, input))
  if (input.length !== space.length + 1 || shapes.input!.join() !== input.join()) throw misfit(name, node, input)
  const bias = doubles([weight.shape[0]!], toDoubles(arrayOf(name, node, 'bias')))
  const learned = node.metadata[keys.fixed] === 'true' ? [] : ['weight', 'bias']
  return stateless(shapes.output!, { weight: forLayer(weight), bias }, learned, (p, x) =>
    channelsLast(x, (z) => affineMap({ weight: p['weight']!, bias: p['bias']! }, z, (z, w) => conv(z, w, options))),
  )
}

/** The same node for an input of a known size. */
const withInput = (node: NirNode, [, ...space]: readonly number[]): NirNode => ({
  ...node,
  parameters: { ...node.parameters, input_shape: doubles([space.length], space) },
})

const misfit = (name: string, { type }: NirNode, input: readonly number[]): Error =>
  malformed(`the input of node '${name}' of type ${type} has shape [${input.join(', ')}], which does not fit`)

/** Means or sums of windows of the plane; zeros around it count. */
const pool =
  (total: (mean: Tensor, size: number) => Tensor): MakeExecutor =>
  (name, node, input) => {
    const at = (parameter: string): number[] => spatial(name, node, parameter, 2)
    const [size, stride, padding] = [at('kernel_size'), at('stride'), at('padding')]
    const [channels, ...space] = input
    if (space.length !== 2) throw misfit(name, node, input)
    const shape = [channels!, ...outputSpace(name, space, size, { stride, padding })]
    const widths = [[0, 0], ...padding.map((p) => [p, p]), [0, 0]] as [number, number][]
    return stateless(shape, {}, [], (_, x) =>
      channelsLast(x, (z) => total(avgPool(pad(z, widths), size, { stride }), size[0]! * size[1]!)),
    )
  }

export const averagePool = pool((mean) => mean)
export const sumPool = pool(mul)
