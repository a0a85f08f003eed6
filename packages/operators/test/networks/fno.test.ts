import {
  abs,
  grad,
  jit,
  key,
  max,
  mean,
  mul,
  normal,
  sin,
  square,
  sub,
  sum,
  take,
  tensor,
  transpose,
  treeLeaves,
  treeMap,
} from '@spikeward/core'
import type { Network, Tensor } from '@spikeward/core'
import { leakyIntegrateAndFire, variableSpiking } from '@spikeward/neurons'
import { describe, expect, it } from 'vitest'
import { type FnoParams, fno } from '../../src/index.js'
import { f64, rolled } from '../operatorFixtures.js'

const small = { channels: 4, modes: 3, layers: 2, projection: 6 }
const spiking = { ...small, neuron: leakyIntegrateAndFire({ beta: 0.9, learn: ['threshold'] }), time: 8 }

describe('fno', () => {
  it.each([
    ['GELU', small],
    ['spikes', spiking],
    ['graded spikes', { ...spiking, neuron: variableSpiking() }],
  ])('one set of parameters serves every resolution and sample count, with %s', (_name, options) => {
    const line = fno({ ...options, inputs: 2, outputs: 3 })
    const p = line.init(key(1))
    expect(line.apply(p, normal(key(2), [5, 16, 2])).shape).toEqual([5, 16, 3])
    expect(line.apply(p, normal(key(2), [2, 33, 2])).shape).toEqual([2, 33, 3])
    const plane = fno({ ...options, axes: 2 })
    expect(plane.apply(plane.init(key(1)), normal(key(2), [2, 8, 10, 1])).shape).toEqual([2, 8, 10, 1])
  })

  it.each([1, 2])('commutes with translations along axis %i of a periodic grid without coordinates', async (axis) => {
    const network = fno({ ...small, ...f64, axes: 2, coordinates: false })
    const p = network.init(key(3))
    const x = normal(key(4), [2, 8, 10, 1], f64)
    const [found, expected] = [network.apply(p, rolled(x, axis, 3)), rolled(network.apply(p, x), axis, 3)]
    expect(await max(abs(sub(found, expected))).item()).toBeLessThan(1e-12)
  })

  it('factorised transforms each axis alone: with weights and coordinates exchanged, the axes are too', async () => {
    const x = normal(key(4), [2, 8, 10, 1], f64)
    const network = fno({ ...small, ...f64, axes: 2, factorised: true })
    const p = network.init(key(3))
    const turned: FnoParams = {
      ...p,
      lift: { ...p.lift, weight: take(p.lift.weight, tensor([0, 2, 1], { dtype: 'i32' })) },
      layers: p.layers.map((l) => ({ ...l, spectral: 'weight' in l.spectral ? l.spectral : l.spectral.toReversed() })),
    }
    const flipped = (v: Tensor): Tensor => transpose(v, [0, 2, 1, 3])
    const difference = sub(flipped(network.apply(turned, flipped(x))), network.apply(p, x))
    expect(await max(abs(difference)).item()).toBeLessThan(1e-12)
  })

  it.each([
    ['GELU', fno(small)],
    ['factorised, GELU', fno({ ...small, factorised: true })],
    ['spikes', fno(spiking)],
  ])(
    'every parameter has a gradient, and descent lowers the error, with %s',
    async (_name, network: Network<FnoParams>) => {
      const x = normal(key(5), [6, 16, 1])
      const target = sin(mul(2, x))
      const loss = (p: FnoParams): Tensor => mean(square(sub(network.apply(p, x), target)))
      let p = network.init(key(6))
      const first = grad(loss)(p)
      for (const g of treeLeaves(first)) expect(await sum(square(g)).item()).toBeGreaterThan(0)
      const step = jit((q: FnoParams) => treeMap((w, g) => sub(w, mul(0.05, g)), q, grad(loss)(q)))
      const before = await loss(p).item()
      for (let i = 0; i < 100; i++) p = step(p)
      expect(await loss(p).item()).toBeLessThan(0.8 * before)
      step.dispose()
    },
  )

  it('names a grid with fewer points than modes, and unknown options', () => {
    const network = fno(small)
    expect(() => network.apply(network.init(key(1)), normal(key(2), [2, 3, 1]))).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    )
    expect(() => fno({ ...small, mode: 3 } as never)).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }))
  })
})
