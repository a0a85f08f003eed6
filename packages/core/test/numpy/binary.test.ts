import { describe, expect, it } from 'vitest'
import * as sw from '../../src/index.js'
import type { Tensor } from '../../src/index.js'

const nodes = (...index: number[]): Tensor => sw.tensor(index, { dtype: 'i32' })
const graph: sw.Graph = { from: nodes(0, 1), to: nodes(1, 2), nodes: 3 }
const spikes = (x: Tensor): Tensor => sw.cast(sw.greater(x, 0), x.dtype)
const image = sw.normal(sw.key(1), [2, 6, 6, 4])
const kernel = sw.normal(sw.key(2), [3, 3, 4, 8])

/** Whether the products of a function of spikes know that their left operand is 0 or 1. */
function products(fn: (s: Tensor) => sw.Tree, x: Tensor): boolean[] {
  const compiled = sw.jit((input: Tensor) => fn(spikes(input)))
  const { plan } = compiled.inspect(x)
  compiled.dispose()
  return plan.steps.flatMap((s) => (s.kind === 'routine' && s.routine.kind === 'dot' ? [s.routine.binary] : []))
}

describe('spikes stay typed binary', () => {
  it.each<[string, (s: Tensor) => Tensor, Tensor]>([
    ['through zero edges of a convolution', (s) => sw.conv(s, kernel), image],
    ['through circular edges', (s) => sw.conv(s, kernel, { edges: 'circular', stride: 2 }), image],
    ['through reflecting edges', (s) => sw.conv(s, kernel, { edges: 'reflect', dilation: 2, padding: 2 }), image],
    ['in groups', (s) => sw.conv(s, sw.normal(sw.key(3), [3, 3, 2, 8]), { groups: 2 }), image],
    ['into a transposed convolution', (s) => sw.convTranspose(s, kernel, { stride: 2 }), image],
    ['through a union of neighbours', (s) => sw.conv(sw.maxPool(s, [2, 2]), kernel), image],
    ['through repeated elements', (s) => sw.conv(sw.upsample(s, [2, 2]), kernel), image],
    ['through a gather', (s) => sw.matmul(sw.take(s, nodes(0, 2, 2)), sw.ones([4, 2])), sw.normal(sw.key(4), [3, 4])],
    ['along edges', (s) => sw.along(graph)({ weight: sw.ones([4, 2]) }, s), sw.normal(sw.key(5), [2, 3, 4])],
    [
      'in a layer for all time steps at once',
      (s) => sw.overTime((now: Tensor) => sw.convolve({ weight: kernel }, now), s),
      sw.normal(sw.key(6), [5, 2, 6, 6, 4]),
    ],
  ])('%s', (_name, fn, x) => {
    expect(products(fn, x)).toEqual([true])
  })

  it('but not behind a mean, and not into a Fourier transform', () => {
    expect(products((s) => sw.conv(sw.avgPool(s, [2, 2]), kernel), image)).toEqual([false])
    const weight = sw.ones([3, 4, 4])
    const line = sw.normal(sw.key(7), [2, 16, 4])
    expect(products((s) => sw.spectralConv(s, { re: weight, im: weight }), line)).toEqual([false, false, false])
  })
})
