import { type Tensor, type Tree, add, exp, key, mul, sum, treeLeaves } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { type Fitness, eggroll, evolution, gaussianDistribution, mezo } from '../../src/index.js'
import { affine, net, netLoss, numbers, quadratic, squaredNorm } from '../fixtures.js'
import { moments, truth } from '../moments.js'

const whole = (p: Tree): Tree => p
const near = (found: number, stated: number): void => expect(Math.abs(found / stated - 1)).toBeLessThan(0.05)
const estimate = (fitness: Fitness, loss = netLoss, pairs = 6) =>
  numbers(evolution({ fitness, pairs, size: 0.1 }).estimate(loss, net, {}, { key: key(4) }).grad)

describe('evolution', () => {
  it('with raw losses is mezo over as many directions', async () => {
    const e = evolution({ fitness: 'raw', pairs: 3, size: 0.2 }).estimate(netLoss, net, {}, { key: key(2) })
    const m = mezo({ directions: 3, size: 0.2 }).estimate(netLoss, net, {}, { key: key(2) })
    const [a, b] = [await numbers(e.grad), await numbers(m.grad)]
    a.forEach((x, i) => expect(x).toBeCloseTo(b[i]!, 12))
    expect(await e.value.item()).toBeCloseTo(await m.value.item(), 12)
    expect(await e.stats.forwardEquivalents.item()).toBe(6)
  })

  it('z-scored has the direction of the raw one, for any scale of the loss', async () => {
    const [raw, scored] = [await estimate('raw'), await estimate('zscore')]
    const factor = scored[0]! / raw[0]!
    expect(factor).toBeGreaterThan(0)
    scored.forEach((x, i) => expect(x).toBeCloseTo(factor * raw[i]!, 8))
    const other = await estimate('zscore', (p) => add(mul(netLoss(p), 1000), 5))
    other.forEach((x, i) => expect(x).toBeCloseTo(scored[i]!, 8))
  })

  it('ranked does not change with a rising function of the loss, and shares ties', async () => {
    const ranked = await estimate('rank')
    const other = await estimate('rank', (p) => exp(mul(netLoss(p), 3)))
    other.forEach((x, i) => expect(x).toBeCloseTo(ranked[i]!, 12))
    expect(squaredNorm(ranked)).toBeGreaterThan(0)
    const flat = await estimate('rank', (p) => mul(netLoss(p), 0))
    flat.forEach((x) => expect(x).toBeCloseTo(0, 12))
  })

  it('spreads ranks over [−½, ½]: a single pair moves by z/(2σ), downhill', async () => {
    const one = evolution({ fitness: 'rank', pairs: 1, size: 0.1 }).estimate(quadratic, affine, {}, { key: key(4) })
    const raw = evolution({ fitness: 'raw', pairs: 1, size: 0.1 }).estimate(quadratic, affine, {}, { key: key(4) })
    const z = await numbers(gaussianDistribution.sample(key(4).fold(0), treeLeaves(affine)))
    const [a, b] = [await numbers(one.grad), await numbers(raw.grad)]
    const uphill = Math.sign(b[0]! / z[0]!)
    a.forEach((x, i) => expect(x).toBeCloseTo((uphill * z[i]!) / 0.2, 4))
  })

  it('has the variance of its pairs on a quadratic', async () => {
    const problem = { loss: quadratic, params: affine }
    const { variance } = await moments(evolution({ fitness: 'raw', pairs: 4 }), problem, whole, 20_000)
    near(variance, (17 / 4) * squaredNorm(await numbers(truth(problem))))
  })
})

describe('eggroll', () => {
  it.each([1, 2, 5])('of rank %i has the stated variance, and no bias if the loss is smooth', async (rank) => {
    const [m, n] = affine.weight.shape as [number, number]
    const loss = (p: { weight: Tensor }): Tensor => sum(mul(p.weight, affine.weight))
    const problem = { loss, params: { weight: affine.weight } }
    const e = eggroll({ rank, fitness: 'raw', pairs: 2 })
    const { variance, bias } = await moments(e, problem, whole, 60_000)
    const stated = ((m + 2) * (n + 2) + (rank - 1) * (m * n + 2)) / rank - 1
    near(variance, (stated / 2) * squaredNorm(await numbers(affine.weight)))
    expect(squaredNorm(bias)).toBeLessThan((6 * variance) / 60_000)
  })

  it('refuses a rank of 0', () => {
    expect(() => eggroll({ rank: 0 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    expect(() => evolution({ fitness: 'best' as 'raw' })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })
})
