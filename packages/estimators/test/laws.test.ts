import {
  add,
  arange,
  concatenate,
  declaredIn,
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
import { describe, expect, it } from 'vitest'
import * as estimators from '../src/index.js'
import {
  blocks,
  bp,
  gaussianDistribution,
  laplaceDistribution,
  rademacherDistribution,
  rfg,
  uniformDistribution,
  withCosine,
} from '../src/index.js'
import type { Distribution, Stateless } from '../src/index.js'
import { affine, numbers, quadratic, squaredNorm } from './fixtures.js'
import { sample } from './sample.js'

const d = 16
const gradient = { weight: affine.weight, bias: add(affine.bias, 0.3) }

/** Mean over `n` keys of ‖ĝ − g‖² and of ĝ. */
async function moments(e: Estimator<Stateless>, n: number, base: Key): Promise<{ variance: number; bias: number[] }> {
  const { variance, bias } = sample((from) => {
    const each = vmap((i: Tensor) => {
      const { grad } = e.estimate(quadratic, affine, {}, { key: from.fold(i) })
      const miss = treeMap((a, b) => sub(a, b), grad, gradient)
      return { miss, squared: total(treeLeaves(miss).map((x) => sum(square(x)))) }
    })(arange(n, 'u32'))
    return { variance: mean(each.squared), bias: treeMap((x) => mean(x, 0), each.miss) }
  }, base)
  return { variance: await variance.item(), bias: await numbers(bias) }
}
const total = (xs: readonly Tensor[]): Tensor => xs.reduce((a, b) => add(a, b))
const squaredGradient = async (tree: Tree): Promise<number> => squaredNorm(await numbers(tree))

const n = 40_000

/** An estimate times a factor. */
const scaled = (factor: number, e: Estimator<Stateless>): Estimator<Stateless> => ({
  ...e,
  unbiased: false,
  estimate(...args) {
    const one = e.estimate(...args)
    return { ...one, grad: treeMap((x) => mul(x, factor), one.grad) }
  },
})

/** Every declared distribution. */
const declared = Object.values(declaredIn(estimators, 'distribution')) as unknown as readonly Distribution[]

describe.each(declared)('rfg with $name directions', (distribution) => {
  it('has the stated variance, and no bias', async () => {
    const { variance, bias } = await moments(rfg({ distribution }), n, key(1))
    const g2 = await squaredGradient(gradient)
    const stated = distribution.relativeVariance(d) * g2
    expect(Math.abs(variance / stated - 1)).toBeLessThan(0.05)
    // E‖mean of n‖² = variance/n for an unbiased estimate
    expect(squaredNorm(bias) / (stated / n)).toBeLessThan(2.5)
  })

  it('has E[v vᵀ] = I and the stated kurtosis', async () => {
    const moment = sample((base) => {
      const v = vmap((i: Tensor) => {
        const leaves = distribution.sample(base.fold(i), treeLeaves(affine))
        return concatenate(leaves.map((x) => reshape(x, [x.size])))
      })(arange(n, 'u32'))
      const second = div(dotGeneral(v, v, { contract: [[0], [0]], batch: [[], []] }), n)
      return { second, fourth: mean(square(square(v))) }
    }, key(2))
    const second = await numbers(moment.second)
    second.forEach((x, at) => expect(Math.abs(x - (at % (d + 1) === 0 ? 1 : 0))).toBeLessThan(0.08))
    const fourth = await moment.fourth.item()
    expect(Math.abs(fourth / distribution.kurtosis(d) - 1)).toBeLessThan(0.02)
  })
})

describe('laws', () => {
  it.each([
    { distribution: gaussianDistribution, directions: 2 },
    { distribution: gaussianDistribution, directions: 4 },
    { distribution: rademacherDistribution, directions: 3 },
    { distribution: rademacherDistribution, directions: 8 },
  ])('the mean of $directions $distribution.name directions has the variance (d + κ − 2)/K', async (how) => {
    const { distribution, directions } = how
    const { variance, bias } = await moments(rfg(how), n / 2, key(4))
    const stated = ((d + distribution.kurtosis(d) - 2) / directions) * (await squaredGradient(gradient))
    expect(Math.abs(variance / stated - 1)).toBeLessThan(0.05)
    expect(squaredNorm(bias) / (stated / (n / 2))).toBeLessThan(2.5)
  })

  it.each([gaussianDistribution, rademacherDistribution, uniformDistribution, laplaceDistribution])(
    'shrunk by c = 1/(d + κ − 1), one direction misses g by (1 − c)‖g‖², the least of all factors: $name',
    async (distribution) => {
      const best = 1 / (d + distribution.kurtosis(d) - 1)
      const g2 = await squaredGradient(gradient)
      const missed = async (factor: number): Promise<number> =>
        (await moments(scaled(factor, rfg({ distribution })), n / 2, key(7))).variance / g2
      const [less, least, more] = [await missed(0.5 * best), await missed(best), await missed(1.5 * best)]
      // 1 − c is close to 1: what is tested to 5% is c, the part of ‖g‖² that is won.
      expect(Math.abs((1 - least) / best - 1)).toBeLessThan(0.05)
      expect(least).toBeLessThan(Math.min(less, more))
    },
  )

  it('layerwise variance is the sum over blocks of (d_l + 1)‖g_l‖²/K', async () => {
    type Two = { readonly a: typeof affine; readonly b: typeof affine }
    const two: Two = { a: affine, b: { weight: mul(affine.weight, 0.2), bias: affine.bias } }
    const loss = (p: Two): Tensor => add(quadratic(p.a), mul(quadratic(p.b), 2))
    const truth = bp().estimate(loss, two, {}, { key: key(0) }).grad
    const e = rfg({ scope: 'layerwise', directions: 2 })
    const one = (base: Key) => (i: Tensor) => {
      const { grad } = e.estimate(loss, two, {}, { key: base.fold(i) })
      return total(treeLeaves(treeMap((a, b) => sub(a, b), grad, truth)).map((x) => sum(square(x))))
    }
    const variance = sample((base) => mean(vmap(one(base))(arange(n / 2, 'u32'))), key(5))
    const stated = ((d + 1) * (await squaredGradient(truth.a)) + (d + 1) * (await squaredGradient(truth.b))) / 2
    expect(blocks(two)).toHaveLength(2)
    expect(Math.abs((await variance.item()) / stated - 1)).toBeLessThan(0.05)
  })

  it('the cosine is about √(K/(K + d + 1))', async () => {
    const many = 120
    const params = { x: full([many], 0.7) }
    for (const directions of [1, 3, 8]) {
      const e = withCosine(rfg({ directions }))
      const one = (base: Key) => (i: Tensor) => {
        const { stats } = e.estimate((p: typeof params) => sum(square(p.x)), params, {}, { key: base.fold(i) })
        return square(stats.cosine!)
      }
      const squares = sample((base) => mean(vmap(one(base))(arange(1500, 'u32'))), key(6))
      const measured = Math.sqrt(await squares.item())
      expect(Math.abs(measured / Math.sqrt(directions / (directions + many + 1)) - 1)).toBeLessThan(0.03)
    }
  })
})
