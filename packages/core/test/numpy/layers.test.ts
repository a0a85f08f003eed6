import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as sw from '../../src/index.js'
import type { Tensor } from '../../src/index.js'
import { expectClose } from '../helpers.js'

type Nested = number | readonly Nested[]

interface LayerCase {
  readonly name: string
  readonly inputs: Readonly<Record<string, Nested>>
  readonly output: Nested
  readonly cotangent: Nested
  readonly grads: Readonly<Record<string, Nested>>
}

type Inputs = Readonly<Record<string, Tensor>>

const cases = (
  JSON.parse(readFileSync(new URL('../fixtures/layers.json', import.meta.url), 'utf8')) as {
    readonly cases: readonly LayerCase[]
  }
).cases

/** PyTorch's [N, C, …] as [N, …, C], and back. */
const channelsLast = (x: Tensor): Tensor => sw.transpose(x, [0, ...x.shape.slice(2).map((_, a) => a + 2), 1])
const channelsFirst = (x: Tensor): Tensor => sw.transpose(x, [0, x.ndim - 1, ...x.shape.slice(2).map((_, a) => a + 1)])
/** PyTorch's weights [O, C, …] as […, C, O]. */
const kernelOf = (w: Tensor): Tensor => sw.transpose(w, [...w.shape.slice(2).map((_, a) => a + 2), 1, 0])

/** A convolution of PyTorch's, with `padding` elements on both sides of each axis. */
const torchConv = (x: Tensor, w: Tensor, b: Tensor, padding: number, options: sw.ConvOptions): Tensor =>
  channelsFirst(sw.add(sw.conv(channelsLast(x), kernelOf(w), { ...options, padding }), b))

/** H(u) with the slope of the arc tangent, α = 2: 1 / (1 + (πu)²). */
const spike = sw.customJvp(
  (u: Tensor) => sw.cast(sw.greater(u, 0), u.dtype),
  ([u], [du]) => [sw.cast(sw.greater(u!, 0), u!.dtype), sw.div(du!, sw.add(1, sw.square(sw.mul(Math.PI, u!))))],
)

const edgesOf = { constant: 'zeros', circular: 'circular', reflect: 'reflect' } as const

/** The layer of a case. */
function layerOf(name: string): (p: Inputs) => Tensor {
  const image = /^conv2d stride (\d) dilation (\d) groups (\d) edges (constant|circular|reflect)$/.exec(name)
  if (image !== null) {
    const [stride, dilation, groups] = image.slice(1, 4).map(Number) as [number, number, number]
    const edges = edgesOf[image[4] as keyof typeof edgesOf]
    return ({ x, w, b }) => torchConv(x!, w!, b!, dilation, { stride, dilation, groups, edges })
  }
  const layers: Record<string, (p: Inputs) => Tensor> = {
    'conv1d circular': ({ x, w, b }) => torchConv(x!, w!, b!, 2, { edges: 'circular' }),
    'convTranspose2d stride 2': ({ x, w }) =>
      channelsFirst(
        sw.convTranspose(channelsLast(x!), sw.transpose(w!, [2, 3, 0, 1]), {
          stride: 2,
          crop: [
            [1, 0],
            [1, 0],
          ],
        }),
      ),
    'avgPool2d and maxPool2d': ({ x }) =>
      channelsFirst(sw.add(sw.avgPool(channelsLast(x!), [2, 2]), sw.maxPool(channelsLast(x!), [2, 2]))),
    'spectral 1d': ({ x, re, im }) => sw.spectralConv(x!, { re: re!, im: im! }),
    'spectral 2d': ({ x, re1, im1, re2, im2 }) =>
      sw.spectralConv(x!, { re: sw.concatenate([re1!, re2!]), im: sw.concatenate([im1!, im2!]) }),
    'graph sum': ({ x, w }) => {
      const [from, to] = [
        [0, 1, 2, 3, 0],
        [1, 2, 0, 1, 3],
      ].map((nodes) => sw.tensor(nodes, { dtype: 'i32' }))
      const pairs = sw.concatenate([sw.take(x!, from!), sw.take(x!, to!)], 1)
      return sw.segmentSum(sw.relu(sw.matmul(pairs, w!)), to!, 4)
    },
    attention: ({ q, k, v }) => sw.attention(q!, k!, v!),
    'spiking conv': ({ x, w, b, v }) => {
      const current = sw.add(sw.conv(channelsLast(x!), kernelOf(w!), { edges: 'circular' }), b!)
      const zero = sw.zerosLike(current)
      const [[, total]] = sw.scan(
        ([u, count]: readonly [Tensor, Tensor]) => {
          const charged = sw.add(sw.mul(0.9, u), current)
          const s = spike(sw.sub(charged, 1))
          return [[sw.sub(charged, sw.stopGradient(s)), sw.add(count, s)] as const, []] as const
        },
        [zero, zero] as const,
        null,
        { length: 12 },
      )
      const rates = channelsFirst(sw.avgPool(sw.mul(total, 1 / 12), [2, 2]))
      return sw.matmul(sw.reshape(rates, [rates.shape[0]!, -1]), v!)
    },
    'recurrent, full gradient': recurrent((s) => s),
    'recurrent, diagonal gradient': recurrent(sw.stopGradient),
  }
  return layers[name]!
}

/** u = 0.9 u + x w + s r; s = H(u − 1); u −= s, detached; the readout reads a trace of the spikes. */
function recurrent(fedBack: (s: Tensor) => Tensor): (p: Inputs) => Tensor {
  return ({ x, w, r, v }) => {
    const zero = sw.zeros([x!.shape[1]!, r!.shape[0]!], 'f64')
    const step = ([u, s, trace]: readonly [Tensor, Tensor, Tensor], xt: Tensor) => {
      const charged = sw.add(sw.mul(0.9, u), sw.add(sw.matmul(xt, w!), sw.matmul(fedBack(s), r!)))
      const fired = spike(sw.sub(charged, 1))
      const next = sw.add(sw.mul(0.8, trace), fired)
      return [[sw.sub(charged, sw.stopGradient(fired)), fired, next] as const, sw.matmul(next, v!)] as const
    }
    return sw.scan(step, [zero, zero, zero] as const, x!)[1]
  }
}

describe('layers against PyTorch, in f64', () => {
  it.each(cases.map((c) => [c.name, c] as const))('%s: output and all gradients', async (name, c) => {
    const names = Object.keys(c.inputs)
    const tensorOf = (data: Nested): Tensor => sw.tensor(data, { dtype: 'f64' })
    const apply = (...xs: Tensor[]): Tensor => layerOf(name)(Object.fromEntries(names.map((n, i) => [n, xs[i]!])))
    const xs = names.map((n) => tensorOf(c.inputs[n]!))
    const [y, pull] = sw.vjp(apply, ...xs)
    const expected = tensorOf(c.output)
    expect(y.shape).toEqual(expected.shape)
    await expectClose(y, expected, 1e-12)
    const back = pull(tensorOf(c.cotangent))
    for (const [i, n] of names.entries()) await expectClose(back[i]!, tensorOf(c.grads[n]!), 1e-12)
  })
})
