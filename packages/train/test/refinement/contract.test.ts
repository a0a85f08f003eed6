/** The contract of refinements: it runs over every one that is declared. */
import { add, declaredIn, key, mul, ones, reshape, slice, square, sum, tensor } from '@spikeward/core'
import type { Tensor, Tree } from '@spikeward/core'
import { region } from '@spikeward/problems'
import { describe, expect, it } from 'vitest'
import * as train from '../../src/index.js'
import type { Refinement, RefinementSource } from '../../src/index.js'

const count = 30

/** Residuals that grow along x, and two terms whose gradients differ. */
const source = (from: number): RefinementSource => ({
  axes: ['x', 't'],
  interior: region([
    [-1, 1],
    [0, 2],
  ]),
  count,
  residuals: (x) => add(square(reshape(slice(x, [0, 0], [x.shape[0]!, 1]), [x.shape[0]!])), 0.1),
  terms: (p: Tree) => mul(sum(p as Tensor), tensor([0.2, 1])),
  trained: ones([4]),
  key: key(from),
})

const numbers = async (t: Tensor): Promise<number[]> => [...(await t.data())]
const spread = tensor(Array.from({ length: count }, (_, i) => [Math.sin(i), 1 + Math.cos(i * i)]).flat(), {
  shape: [count, 2],
})

describe.each(Object.entries(declaredIn(train, 'refinement')))('contract: %s', (name, factory) => {
  const refinement = (factory as unknown as () => Refinement)()
  const { points, weights, balance } = refinement

  it('has the name of its declaration, a number of steps between two draws, and something to choose', () => {
    expect(refinement.name).toBe(name)
    expect(Number.isInteger(refinement.every) && refinement.every > 0).toBe(true)
    expect([points, weights, balance].filter((one) => one !== undefined)).not.toHaveLength(0)
  })

  if (points)
    it('chooses as many points as a step takes, inside the domain, by the key alone', async () => {
      const found = points(source(1))
      expect(found.shape).toEqual([count, 2])
      const all = await numbers(found)
      all.forEach((v, i) => expect(Math.abs(v - (i % 2))).toBeLessThanOrEqual(1))
      expect(new Set(all.filter((_, i) => i % 2 === 0)).size).toBeGreaterThan(count / 2)
      expect(await numbers(points(source(1)))).toEqual(all)
      expect(await numbers(points(source(2)))).not.toEqual(all)
    })

  if (weights)
    it('gives each point a weight of at least 0, and not all 0', async () => {
      const found = weights(source(1), spread)
      expect(found.shape).toEqual([count])
      const all = await numbers(found)
      expect(all.every((v) => Number.isFinite(v) && v >= 0)).toBe(true)
      expect(Math.max(...all)).toBeGreaterThan(0)
      expect(await numbers(weights(source(1), spread))).toEqual(all)
    })

  if (balance)
    it('gives each term of the loss a weight above 0', async () => {
      const found = balance(source(1), ones([2]))
      expect(found.shape).toEqual([2])
      const all = await numbers(found)
      expect(all.every((v) => Number.isFinite(v) && v > 0)).toBe(true)
      expect(await numbers(balance(source(1), ones([2])))).toEqual(all)
    })
})
