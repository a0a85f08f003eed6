import { describe, expect, it } from 'vitest'
import * as sw from '../../src/index.js'
import { traceFlat } from '../../src/interpreters/traceFlat.js'
import type { Tensor } from '../../src/index.js'
import { checkDerivatives, expectClose, f64 } from '../helpers.js'

/** Irregular numbers of a shape. */
const shaped = (...shape: number[]): Tensor => {
  const size = shape.reduce((n, d) => n * d, 1)
  return sw.reshape(f64(Array.from({ length: size }, (_, i) => Math.sin(1.7 * i + shape.length))), shape)
}
const nodes = (...index: number[]): Tensor => sw.tensor(index, { dtype: 'i32' })

const graph: sw.Graph = { from: nodes(0, 1, 2, 3, 0), to: nodes(1, 2, 0, 1, 3), nodes: 4 }

/** Each layer: its function, its weights and bias, and what it computes without the layer. */
const rows: [
  string,
  (x: Tensor, b: Tensor, ...w: Tensor[]) => Tensor,
  (x: Tensor, ...w: Tensor[]) => Tensor,
  Tensor[],
][] = [
  [
    'convolve',
    (x, bias, weight) => sw.convolve({ weight: weight, bias }, x, { edges: 'circular', stride: 2 }),
    (x, w) => sw.conv(x, w, { edges: 'circular', stride: 2 }),
    [shaped(2, 4, 6, 3), shaped(3, 3, 3, 2)],
  ],
  [
    'spectral',
    (x, bias, re, im) => sw.spectral({ weight: { re: re, im: im }, bias }, x),
    (x, re, im) => sw.spectralConv(x, { re: re, im: im }),
    [shaped(2, 8, 3), shaped(3, 3, 2), shaped(3, 3, 2)],
  ],
  [
    'along the edges of a graph',
    (x, bias, weight) => sw.along(graph)({ weight: weight, bias }, x),
    (x, w) => {
      const one = (sample: Tensor): Tensor => sw.segmentSum(sw.matmul(sw.take(sample, graph.from), w), graph.to, 4)
      return sw.vmap(one)(x)
    },
    [shaped(2, 4, 3), shaped(3, 2)],
  ],
  [
    'along edges with factors',
    (x, bias, weight) => sw.along({ ...graph, factors: f64([1, -2, 0.5, 3, 4]) })({ weight: weight, bias }, x),
    (x, w) => {
      const factors = sw.reshape(f64([1, -2, 0.5, 3, 4]), [5, 1])
      const sent = (sample: Tensor): Tensor => sw.mul(factors, sw.matmul(sw.take(sample, graph.from), w))
      return sw.vmap((sample: Tensor) => sw.segmentSum(sent(sample), graph.to, 4))(x)
    },
    [shaped(2, 4, 3), shaped(3, 2)],
  ],
]

describe('layers with other linear maps', () => {
  it.each(rows)(
    '%s is its linear map and a bias, with derivatives in both modes',
    async (_name, layer, linear, args) => {
      const bias = shaped(2)
      const [x, ...weights] = args as [Tensor, ...Tensor[]]
      await expectClose(layer(x, bias, ...weights), sw.add(linear(x, ...weights), bias), 1e-12)
      await checkDerivatives(layer, [x, bias, ...weights], 1e-5)
    },
  )

  it.each(rows)('%s traces to one layer', (_name, layer, _linear, args) => {
    const [x, ...weights] = args as [Tensor, ...Tensor[]]
    const operands = [x, shaped(2), ...weights]
    const { program } = traceFlat(
      (a, b, ...w) => [layer(a, b, ...w)],
      operands.map((t) => t.aval),
    )
    expect(program.equations.map((e) => e.primitive.name)).toEqual(['affine'])
  })
})
