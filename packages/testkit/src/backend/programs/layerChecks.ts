import {
  attention,
  avgPool,
  cast,
  conv,
  convTranspose,
  fft,
  greater,
  irfft,
  jit,
  jvp,
  layerNorm,
  maxPool,
  rfft,
  segmentSum,
  softmax,
  spectralConv,
  take,
  tensor,
  toBackend,
  treeLeaves,
  upsample,
  vjp,
  vmap,
  type Tensor,
  type Tree,
} from '@spikeward/core'
import { ensure, type Check } from '../../check.js'
import { draw } from '../../tensorValues.js'
import { lacks, type BackendUnderTest } from '../backendUnderTest.js'

/** Largest error allowed, relative to the largest value of an output (at least 1). */
const RELATIVE = { f32: 1e-5, f64: 1e-12 } as const

/** A layer and the shapes of its arguments. */
interface LayerCase {
  readonly name: string
  readonly shapes: readonly (readonly number[])[]
  apply(...xs: Tensor[]): Tree
}

const nodes = (...index: number[]): Tensor => tensor(index, { dtype: 'i32' })
const spikes = (x: Tensor): Tensor => cast(greater(x, 0.5), x.dtype)

/** One row for each layer of real numbers. */
const realLayers: readonly LayerCase[] = [
  ...(['zeros', 'circular', 'reflect'] as const).map(
    (edges): LayerCase => ({
      name: `convolution with stride, dilation and edges '${edges}'`,
      shapes: [
        [2, 7, 6, 3],
        [3, 2, 3, 4],
      ],
      apply: (x, w) => conv(x, w, { stride: [2, 1], dilation: [1, 2], padding: 2, edges }),
    }),
  ),
  {
    name: 'convolution in groups',
    shapes: [
      [3, 9, 4],
      [3, 2, 6],
    ],
    apply: (x, w) => conv(x, w, { groups: 2 }),
  },
  {
    name: 'transposed convolution',
    shapes: [
      [2, 4, 5, 3],
      [3, 3, 3, 2],
    ],
    apply: (x, w) =>
      convTranspose(x, w, {
        stride: 2,
        crop: [
          [1, 0],
          [1, 0],
        ],
      }),
  },
  {
    name: 'pooling and up-sampling',
    shapes: [[2, 6, 6, 3]],
    apply: (x) => [
      avgPool(x, [2, 3]),
      maxPool(x, [3, 2], { stride: 1 }),
      upsample(x, [2, 1]),
      upsample(x, [1, 2], { method: 'linear' }),
    ],
  },
  {
    name: 'Fourier transforms',
    shapes: [
      [3, 96],
      [3, 49],
    ],
    apply: (x, y) => [rfft(x), rfft(x, { modes: 5 }), irfft({ re: y, im: y }, 96), fft({ re: x, im: x })],
  },
  {
    name: 'spectral convolution in one dimension',
    shapes: [
      [2, 32, 4],
      [6, 4, 4],
      [6, 4, 4],
    ],
    apply: (x, re, im) => spectralConv(x, { re, im }),
  },
  {
    name: 'spectral convolution in two dimensions',
    shapes: [
      [2, 8, 10, 2],
      [6, 3, 2, 3],
      [6, 3, 2, 3],
    ],
    apply: (x, re, im) => spectralConv(x, { re, im }),
  },
  {
    name: 'sum over edges of a graph',
    shapes: [[5, 3]],
    apply: (x) => segmentSum(take(x, nodes(0, 1, 4, 2, 2, 3)), nodes(1, 0, 0, 3, 4, 3), 5),
  },
  {
    name: 'attention and layer normalisation',
    shapes: [
      [2, 5, 8],
      [2, 7, 8],
      [2, 7, 4],
    ],
    apply: (q, k, v) => layerNorm(attention(q, k, v)),
  },
  { name: 'softmax', shapes: [[3, 7]], apply: (x) => softmax(x) },
]

/** The same with spikes at their input, which events may compute, and a row whose spikes are looked up. */
const layers: readonly LayerCase[] = [
  ...realLayers.flatMap((layer): LayerCase[] => [
    layer,
    { ...layer, name: `${layer.name}, of spikes`, apply: (x, ...rest) => layer.apply(spikes(x), ...rest) },
  ]),
  {
    name: 'convolution of many channels of spikes',
    shapes: [
      [2, 6, 6, 8],
      [3, 3, 8, 16],
    ],
    apply: (x, w) => conv(spikes(x), w, { edges: 'circular' }),
  },
]

/**
 * Layers under `jit` on the backend, with their derivatives in both modes and three directions at once, against the
 * reference one operation at a time.
 */
export const layerChecks = (): Check<BackendUnderTest>[] =>
  (['f32', 'f64'] as const).flatMap((dtype) =>
    layers.map(
      (layer, row): Check<BackendUnderTest> => ({
        group: 'layers',
        name: `${layer.name}, ${dtype}`,
        skip: (s) => lacks(s, dtype, 'i32', 'bool'),
        async run({ backend, reference, key }) {
          const args = layer.shapes.map((s, i) => draw(s, dtype, key + 10 * row + i))
          const directions = layer.shapes.map((s, i) => draw([3, ...s], dtype, key + 500 + 10 * row + i))
          const all = (xs: Tensor[], vs: Tensor[]): Tree => {
            const [y, pull] = vjp(layer.apply, ...xs)
            const along = vmap((...v: Tensor[]) => jvp(layer.apply, xs, v)[1])
            return [y, pull(y), along(...vs)]
          }
          const compiled = jit(all)
          const moved = [await toBackend(args, backend), await toBackend(directions, backend)] as const
          const result = compiled(...moved)
          const expected = all(await toBackend(args, reference), await toBackend(directions, reference))
          const [a, e] = [treeLeaves(result), treeLeaves(expected)]
          for (const [i, t] of e.entries()) {
            const [values, exact] = [Array.from(await a[i]!.data()), Array.from(await t.data())]
            const scale = exact.reduce((m, v) => Math.max(m, Math.abs(v)), 1)
            const worst = exact.reduce((m, v, j) => Math.max(m, Math.abs(v - values[j]!)), 0)
            ensure(
              worst <= RELATIVE[dtype] * scale,
              () => `output ${i} is off by ${worst}, with values up to ${scale}; allowed is ${RELATIVE[dtype]} of that`,
            )
          }
          for (const t of [...a, ...e, ...moved.flat()]) t.dispose()
          compiled.dispose()
        },
      }),
    ),
  )
