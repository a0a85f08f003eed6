import { add, coordsPoints, exp, key, mul, reshape, sin, slice, stack, tensor } from '@spikeward/core'
import type { Coords, Differentiate, Tensor } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { exactDerivatives, fieldOf, pinn, stencilDerivatives, steinDerivatives } from '../../src/index.js'
import { codeOf, f64, values } from '../operatorFixtures.js'

const smoothly = { spikes: false, smoothness: Infinity }
const places = [
  [-0.7, 0.2],
  [0.1, 0.9],
  [0.4, -0.3],
] as const
const points: Coords = {
  kind: 'points',
  x: tensor(
    places.map((p) => [...p]),
    f64,
  ),
}

const column = (c: Coords, a: number): Tensor => {
  const x = coordsPoints(c)
  return reshape(slice(x, [0, a], [x.shape[0]!, a + 1]), [1, -1])
}
/** exp(x/2) sin(2y). */
const product = (c: Coords): Tensor => mul(exp(mul(column(c, 0), 0.5)), sin(mul(column(c, 1), 2)))
/** Two components: the product, and twice of it. */
const pair = (c: Coords): Tensor => stack([product(c), mul(product(c), 2)], 2)

const byHand = (a: number, b: number): number[] =>
  places.map(([x, y]) => 0.5 ** a * 2 ** b * Math.exp(x / 2) * Math.sin(2 * y + (b * Math.PI) / 2))

const orders = [1, 2, 3, 4].flatMap((n) => Array.from({ length: n + 1 }, (_, b) => [n - b, b] as const))

describe('mixed derivatives up to order 4', () => {
  it('are exact in forward mode, of each component', async () => {
    const u = exactDerivatives()(pair, smoothly)
    for (const [a, b] of orders) {
      const found = u.mixed(points, [a, b])
      expect(found.shape).toEqual([1, 3, 2])
      const numbers = await values(found)
      byHand(a, b).forEach((v, i) => {
        expect(numbers[2 * i]).toBeCloseTo(v, 11)
        expect(numbers[2 * i + 1]).toBeCloseTo(2 * v, 11)
      })
    }
    expect(await values(u.d(points, 1, 3))).toEqual(await values(u.mixed(points, [0, 3])))
  })

  it('are sums of derivatives along directions, at points and on a grid', async () => {
    const u = exactDerivatives()(pair, smoothly)
    const [a, b] = [0.6, -1.1]
    const directions = [
      { along: [a, b], weight: 2 },
      { along: [1, 0], weight: -0.5 },
    ]
    const grid: Coords = { kind: 'grid', axes: [tensor([-0.7, 0.1], f64), tensor([0.2, 0.9, -0.3], f64)] }
    for (const [at, order] of [
      [points, 2],
      [points, 4],
      [grid, 3],
    ] as const) {
      const onGrid = exactDerivatives()((c) => (c.kind === 'grid' ? reshape(pair(c), [1, 2, 3, 2]) : pair(c)), smoothly)
      const field = at.kind === 'grid' ? onGrid : u
      let binomial = 1
      let expected = mul(field.d(at, 0, order), -0.5)
      for (let k = 0; k <= order; k++) {
        expected = add(expected, mul(field.mixed(at, [order - k, k]), 2 * binomial * a ** (order - k) * b ** k))
        binomial = (binomial * (order - k)) / (k + 1)
      }
      const found = field.directional!(at, directions, order)
      expect(found.shape).toEqual(expected.shape)
      const [x, y] = [await values(found), await values(expected)]
      x.forEach((v, i) => expect(v).toBeCloseTo(y[i]!, 10))
    }
    expect(stencilDerivatives({ step: 0.1 })(pair, smoothly).directional).toBeUndefined()
    const bent = exactDerivatives()(pair, { spikes: false, smoothness: 1 })
    expect(codeOf(() => bent.directional!(points, directions, 4))).toBe('SURROGATE_NOT_SMOOTH')
  })

  it('refuse a direction that has not one number for each axis, at points and on a grid', () => {
    const u = exactDerivatives()(pair, smoothly)
    const grid: Coords = { kind: 'grid', axes: [tensor([-0.7, 0.1], f64), tensor([0.2, 0.9], f64)] }
    for (const at of [points, grid])
      for (const along of [[1], [1, 0, 0]])
        expect(codeOf(() => u.directional!(at, [{ along, weight: 1 }], 2))).toBe('INVALID_OPTION')
  })

  it.each([2, 4] as const)('by stencils of accuracy %i, whose errors fall at that order', async (accuracy) => {
    const worst = async (step: number, a: number, b: number): Promise<number> => {
      const u = stencilDerivatives({ step, accuracy })(product, smoothly)
      const found = await values(u.mixed(points, [a, b]))
      return Math.max(...byHand(a, b).map((v, i) => Math.abs(v - found[i]!)))
    }
    for (const [a, b] of [
      [0, 3],
      [0, 4],
      [1, 1],
      [2, 2],
    ] as const) {
      const rate = Math.log2((await worst(0.2, a, b)) / (await worst(0.1, a, b)))
      expect(Math.abs(rate - accuracy), `order ${a}, ${b}: ${rate}`).toBeLessThan(0.25)
    }
  })

  it('by Stein: unbiased for the field that two Gaussians smooth', async () => {
    const sigma = 0.3
    const runs = 30
    const found = await Promise.all(
      Array.from({ length: runs }, (_, k) =>
        values(steinDerivatives({ key: key(k), sigma, samples: 64 })(product, smoothly).mixed(points, [1, 1])),
      ),
    )
    byHand(1, 1).forEach((v, i) => {
      // Each derivative smooths along its own axis: exp(x/2) gains exp(σ²/8), sin(2y) loses exp(−2σ²).
      const smoothed = v * Math.exp(sigma ** 2 / 8 - 2 * sigma ** 2)
      const mean = found.reduce((s, r) => s + r[i]!, 0) / runs
      const error = Math.sqrt(found.reduce((s, r) => s + (r[i]! - mean) ** 2, 0) / (runs - 1) / runs)
      expect(Math.abs(mean - smoothed)).toBeLessThan(4 * error + 1e-9)
    })
  })

  it('of a network with several outputs are those of each output', async () => {
    const network = pinn({ axes: 2, outputs: 2, block: { kind: 'smooth', hidden: [4] }, ...f64 })
    const v = network.init(key(2))
    const whole = exactDerivatives()((c) => network.decode(v, [], c), network.coordinates)
    const all = await values(whole.mixed(points, [1, 2]))
    for (const output of [0, 1]) {
      const one = await values(fieldOf(network, v, [], { output }).mixed(points, [1, 2]))
      one.forEach((x, i) => expect(all[2 * i + output]).toBeCloseTo(x, 12))
    }
  })

  it('refuse orders that do not exist', () => {
    const ways: Differentiate[] = [exactDerivatives(), stencilDerivatives({ step: 0.1 })]
    for (const way of ways)
      for (const bad of [[1], [0, 0], [3, 2], [1.5, 0], [-1, 2]])
        expect(codeOf(() => way(product, smoothly).mixed(points, bad))).toBe('INVALID_OPTION')
  })
})
