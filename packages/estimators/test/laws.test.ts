import {
  add,
  arange,
  concatenate,
  div,
  dotGeneral,
  full,
  key,
  mean,
  mul,
  reshape,
  square,
  sub,
  sum,
  treeLeaves,
  treeMap,
  vmap,
} from '@spikeward/core'
import type { Estimator, Key, Tensor, Tree } from '@spikeward/core'
import { describe, expect, it, vi } from 'vitest'
import { blocks, bp, distributions, multiTangent, rfg, withCosine } from '../src/index.js'
import type { Stateless } from '../src/index.js'
import { affine, numbers, quadratic, squaredNorm } from './fixtures.js'

vi.setConfig({ testTimeout: 60_000 })

const d = 16
const gradient = { weight: affine.weight, bias: add(affine.bias, 0.3) }

/** Mean over `n` keys of ‖ĝ − g‖² and of ĝ. */
async function moments(e: Estimator<Stateless>, n: number, base: Key): Promise<{ variance: number; bias: number[] }> {
  const each = vmap((i: Tensor) => {
    const { grad } = e.estimate(quadratic, affine, {}, { key: base.fold(i) })
    const miss = treeMap((a, b) => sub(a, b), grad, gradient)
    return { miss, squared: total(treeLeaves(miss).map((x) => sum(square(x)))) }
  })(arange(n, 'u32'))
  return { variance: await mean(each.squared).item(), bias: await numbers(treeMap((x) => mean(x, 0), each.miss)) }
}
const total = (xs: readonly Tensor[]): Tensor => xs.reduce((a, b) => add(a, b))
const squaredGradient = async (tree: Tree): Promise<number> => squaredNorm(await numbers(tree))

const n = 40_000

describe.each(Object.values(distributions))('rfg with $name directions', (distribution) => {
  it('has the stated variance, and no bias', async () => {
    const { variance, bias } = await moments(rfg({ distribution }), n, key(1))
    const g2 = await squaredGradient(gradient)
    const stated = distribution.relativeVariance(d) * g2
    expect(Math.abs(variance / stated - 1)).toBeLessThan(0.05)
    // E‖mean of n‖² = variance/n for an unbiased estimate
    expect(squaredNorm(bias) / (stated / n)).toBeLessThan(2.5)
  })

  it('has E[v vᵀ] = I and the stated kurtosis', async () => {
    const v = vmap((i: Tensor) => {
      const leaves = distribution.sample(key(2).fold(i), treeLeaves(affine))
      return concatenate(leaves.map((x) => reshape(x, [x.size])))
    })(arange(n, 'u32'))
    const second = await numbers(div(dotGeneral(v, v, { contract: [[0], [0]], batch: [[], []] }), n))
    second.forEach((x, at) => expect(Math.abs(x - (at % (d + 1) === 0 ? 1 : 0))).toBeLessThan(0.08))
    const fourth = await mean(square(square(v))).item()
    expect(Math.abs(fourth / distribution.kurtosis(d) - 1)).toBeLessThan(0.02)
  })
})

describe('laws', () => {
  it('the mean of K directions has 1/K of the variance', async () => {
    const one = await moments(rfg(), n, key(3))
    for (const directions of [2, 4]) {
      const many = await moments(multiTangent({ directions }), n / 4, key(4))
      expect(Math.abs((many.variance * directions) / one.variance - 1)).toBeLessThan(0.07)
    }
  })

  it('layerwise variance is the sum over blocks of (d_l + 1)‖g_l‖²/K', async () => {
    type Two = { readonly a: typeof affine; readonly b: typeof affine }
    const two: Two = { a: affine, b: { weight: mul(affine.weight, 0.2), bias: affine.bias } }
    const loss = (p: Two): Tensor => add(quadratic(p.a), mul(quadratic(p.b), 2))
    const truth = bp().estimate(loss, two, {}, { key: key(0) }).grad
    const e = rfg({ scope: 'layerwise', directions: 2 })
    const each = vmap((i: Tensor) => {
      const { grad } = e.estimate(loss, two, {}, { key: key(5).fold(i) })
      return total(treeLeaves(treeMap((a, b) => sub(a, b), grad, truth)).map((x) => sum(square(x))))
    })(arange(n / 2, 'u32'))
    const stated = ((d + 1) * (await squaredGradient(truth.a)) + (d + 1) * (await squaredGradient(truth.b))) / 2
    expect(blocks(two)).toHaveLength(2)
    expect(Math.abs((await mean(each).item()) / stated - 1)).toBeLessThan(0.05)
  })

  it('the cosine is about √(K/(K + d + 1))', async () => {
    const many = 120
    const params = { x: full([many], 0.7) }
    for (const directions of [1, 3, 8]) {
      const e = withCosine(multiTangent({ directions }))
      const squares = vmap((i: Tensor) => {
        const { stats } = e.estimate((p: typeof params) => sum(square(p.x)), params, {}, { key: key(6).fold(i) })
        return square(stats.cosine!)
      })(arange(1500, 'u32'))
      const measured = Math.sqrt(await mean(squares).item())
      expect(Math.abs(measured / Math.sqrt(directions / (directions + many + 1)) - 1)).toBeLessThan(0.03)
    }
  })
})
