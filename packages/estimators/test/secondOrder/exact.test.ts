import { type Tensor, add, cast, key, mul, sum, tensor } from '@spikeward/core'
import { spikingLoss } from '@spikeward/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bp, exactForward } from '../../src/index.js'
import { net, netLoss, numbers } from '../fixtures.js'

const ctx = { key: key(0) }

describe('exactForward', () => {
  it.each([1, 4, 5, 13, 100])('equals bp, %i directions at a time', async (chunk) => {
    const truth = bp().estimate(netLoss, net, {}, ctx)
    const exact = exactForward({ chunk }).estimate(netLoss, net, {}, ctx)
    const [a, b] = [await numbers(exact.grad), await numbers(truth.grad)]
    a.forEach((x, i) => expect(x).toBeCloseTo(b[i]!, 12))
    expect(await exact.value.item()).toBeCloseTo(await truth.value.item(), 12)
    const width = Math.min(chunk, 13)
    expect(await exact.stats.forwardEquivalents.item()).toBe(Math.ceil(13 / width) * (1 + width))
  })

  it('gives each tensor a gradient of its own type', async () => {
    const params = { a: tensor([1, 2], { dtype: 'f64' }), b: tensor(3) }
    const loss = (p: typeof params): Tensor => mul(sum(mul(p.a, p.a)), cast(p.b, 'f64'))
    const { grad } = exactForward().estimate(loss, params, {}, ctx)
    expect([grad.a.dtype, grad.b.dtype]).toEqual(['f64', 'f32'])
    expect(await numbers(grad)).toEqual([6, 12, 5])
  })
})

describe('bp', () => {
  it('is the gradient of a loss known by hand', async () => {
    const params = { x: tensor([1, -2, 3]) }
    const { value, grad, stats } = bp().estimate((p: typeof params) => sum(mul(p.x, mul(p.x, p.x))), params, {}, ctx)
    expect(await value.item()).toBe(20)
    expect(await numbers(grad)).toEqual([3, 12, 27])
    expect(await stats.forwardEquivalents.item()).toBe(3)
  })

  it('is linear in the loss', async () => {
    const one = await numbers(bp().estimate(netLoss, net, {}, ctx).grad)
    const two = await numbers(bp().estimate((p: typeof net) => add(netLoss(p), netLoss(p)), net, {}, ctx).grad)
    two.forEach((x, i) => expect(x).toBeCloseTo(2 * one[i]!, 12))
  })

  it('in segments gives the same gradient, for any steps and segment', async () => {
    const setting = fc.record({
      time: fc.integer({ min: 1, max: 14 }),
      checkpoint: fc.oneof(fc.constant(true), fc.integer({ min: 1, max: 15 })),
      deep: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(setting, async ({ time, checkpoint, deep }) => {
        const widths = deep ? [2, 3, 3, 2] : [2, 3, 2]
        const { loss, params } = spikingLoss({ dtype: 'f64', widths, time, samples: 4 })
        const plain = bp().estimate(loss, params, {}, ctx)
        const cut = bp({ checkpoint }).estimate(loss, params, {}, ctx)
        expect(await cut.value.item()).toBe(await plain.value.item())
        const truth = await numbers(plain.grad)
        const found = await numbers(cut.grad)
        found.forEach((x, i) => expect(x).toBeCloseTo(truth[i]!, 12))
        expect(await cut.stats.forwardEquivalents.item()).toBe(4)
      }),
      { numRuns: 25 },
    )
  })

  it('refuses invalid segments', () => {
    for (const checkpoint of [0, 2.5, -3])
      expect(() => bp({ checkpoint })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    expect(() => bp({ segments: 3 } as object)).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }))
  })
})
