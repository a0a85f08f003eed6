import { add, key, matmul, tensor } from '@spikeward/core'
import type { Network, PointSet, Tensor } from '@spikeward/core'
import { relativeL2 } from '@spikeward/problems'
import { describe, expect, it } from 'vitest'
import { evaluate, evaluator } from '../src/index.js'
import { codeOf, network, problem } from './fixtures.js'

/** y = (x₁ + 2x₂, −x₁). */
const linear: Network<{ readonly weight: Tensor }> = {
  name: 'linear',
  init: () => ({
    weight: tensor([
      [1, -1],
      [2, 0],
    ]),
  }),
  apply: (p, x) => add(matmul(x, p.weight), 0),
}
const points: PointSet = {
  x: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
  y: Float64Array.of(5, -1, 11, -3, 17, -5, 23, -7, 30, -9),
  count: 5,
  grid: null,
}

describe('evaluate', () => {
  it.each([1, 2, 3, 5, 100])('gives every prediction in its place, in batches of %i', async (batch) => {
    const { prediction, relativeL2: error } = await evaluate(linear, linear.init(key(0)), points, { batch })
    expect([...prediction]).toEqual([5, -1, 11, -3, 17, -5, 23, -7, 29, -9])
    expect(error).toBe(relativeL2(prediction, points.y))
  })

  it('compiles once, for any last batch', async () => {
    let traced = 0
    const counted: typeof linear = { ...linear, apply: (p, x) => (traced++, linear.apply(p, x)) }
    const e = evaluator(counted, points, { batch: 2 })
    await e.evaluate(linear.init(key(0)))
    await e.evaluate(linear.init(key(0)))
    expect(traced).toBe(1)
    e.dispose()
  })

  it('reports outputs that do not fit, and refuses impossible batches', async () => {
    const three: PointSet = { ...points, y: new Float64Array(15) }
    expect(await codeOf(() => evaluate(linear, linear.init(key(0)), three))).toBe('SHAPE_MISMATCH')
    for (const batch of [0, -1, 1.5, NaN])
      expect(await codeOf(() => evaluate(linear, linear.init(key(0)), points, { batch }))).toBe('INVALID_OPTION')
  })

  it('measures a spiking network', async () => {
    const { relativeL2: error } = await evaluate(network, network.init(key(0)), problem.points('test'))
    expect(error).toBeGreaterThan(0)
    expect(error).toBeLessThan(3)
  })
})
