import {
  add,
  arange,
  full,
  jit,
  key,
  mean,
  mul,
  sub,
  sum,
  tensor,
  treeLeaves,
  treeMap,
  vmap,
  square,
} from '@spikeward/core'
import type { Estimator, Key, Tensor, Tree } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import {
  bp,
  controlVariate,
  distributions,
  eligibility,
  feedback,
  guided,
  lowRank,
  orthogonalTangents,
  rankOne,
  rfg,
  spsa,
} from '../src/index.js'
import { affine, net, netLoss, numbers, quadratic, squaredNorm } from './fixtures.js'
import { moments, truth } from './moments.js'
import { sample } from './sample.js'
import { spikingLoss } from '@spikeward/testkit'

const d = 16
const problem = { loss: quadratic, params: affine }
const g = truth(problem)
const g2 = squaredNorm(await numbers(g))
const whole = (p: Tree): Tree => p
const near = (found: number, stated: number): void => expect(Math.abs(found / stated - 1)).toBeLessThan(0.05)

describe('orthogonalTangents', () => {
  it.each([1, 4, 8])('K = %i has the stated errors', async (K) => {
    const stated = { projection: 1 - K / d, unbiased: d / K - 1, length: 2 - 2 * Math.sqrt(K / d) } as const
    for (const [scale, relative] of Object.entries(stated)) {
      const e = orthogonalTangents({ directions: K, scale: scale as 'projection' })
      near((await moments(e, problem, whole, 20_000)).variance, relative * g2)
      expect(e.unbiased).toBe(scale === 'unbiased')
    }
  })

  it('is a projection: it has its own slope, twice is once', async () => {
    const { grad } = orthogonalTangents({ directions: 5, scale: 'projection' }).estimate(
      netLoss,
      net,
      {},
      { key: key(2) },
    )
    const linear = (p: typeof net): Tensor =>
      treeLeaves(treeMap((x, y) => sum(mul(x, y)), p, grad)).reduce<Tensor>(
        (a, b) => add(a, b),
        tensor(0, { dtype: 'f64' }),
      )
    const again = orthogonalTangents({ directions: 5, scale: 'projection' }).estimate(linear, net, {}, { key: key(2) })
    const [a, b] = [await numbers(grad), await numbers(again.grad)]
    a.forEach((x, i) => expect(x).toBeCloseTo(b[i]!, 10))
    const inner = a.reduce((s, x, i) => s + x * b[i]!, 0)
    expect(inner).toBeCloseTo(squaredNorm(a), 10)
  })

  it.each([
    ['global', 13],
    ['tensor', 100],
  ] as const)('is exact where directions span everything: %s', async (scope, directions) => {
    const e = orthogonalTangents({ directions, scope })
    const one = e.estimate(netLoss, net, {}, { key: key(1) })
    const [a, b] = [await numbers(one.grad), await numbers(truth({ loss: netLoss, params: net }))]
    a.forEach((x, i) => expect(x).toBeCloseTo(b[i]!, 10))
    expect(await one.stats.forwardEquivalents.item()).toBe(1 + 13)
  })

  it.each(['global', 'tensor'] as const)('by QR it is the same as by the Gram matrix: %s', async (scope) => {
    const [gram, qr] = await Promise.all(
      (['gram', 'qr'] as const).map(async (by) =>
        numbers(orthogonalTangents({ directions: 5, scope, by }).estimate(netLoss, net, {}, { key: key(4) }).grad),
      ),
    )
    qr!.forEach((x, i) => expect(x).toBeCloseTo(gram![i]!, 9))
  })

  it('by QR it is still a projection where the Gram matrix is inverted badly', async () => {
    // One direction short of all: the rest of the gradient is orthogonal to the estimate.
    const offBy = async (by: 'gram' | 'qr', k: number): Promise<number> => {
      const e = orthogonalTangents({ directions: d - 1, scale: 'projection', by })
      const [a, b] = [await numbers(e.estimate(quadratic, affine, {}, { key: key(k) }).grad), await numbers(g)]
      return Math.abs(a.reduce((s, x, i) => s + x * (b[i]! - x), 0)) / g2
    }
    const worst = async (by: 'gram' | 'qr'): Promise<number> =>
      Math.max(...(await Promise.all(Array.from({ length: 40 }, (_, k) => offBy(by, k)))))
    const qr = await worst('qr')
    expect(qr).toBeLessThan(3e-6)
    expect(await worst('gram')).toBeGreaterThan(5 * qr)
  })

  it('refuses more directions than there are parameters', () => {
    expect(() => orthogonalTangents({ directions: 14 }).estimate(netLoss, net, {}, { key: key(1) })).toThrow(
      expect.objectContaining({ code: 'TOO_MANY_DIRECTIONS' }),
    )
  })

  it('tensor by tensor has the errors of the tensors', async () => {
    const e = orthogonalTangents({ directions: 3, scope: 'tensor' })
    const { variance } = await moments(e, problem, whole, 20_000)
    const [bias, weight] = await Promise.all(treeLeaves(g).map(async (x) => squaredNorm(await numbers(x))))
    near(variance, (4 / 3 - 1) * bias! + (12 / 3 - 1) * weight!)
  })
})

describe('lowRank', () => {
  it('has rank one, length √d, E[v vᵀ] = I and variance d − 1', async () => {
    const [v] = rankOne.sample(key(1), [affine.weight])
    const rows = await numbers(v!)
    for (let i = 0; i < 2; i++)
      for (let j = 0; j < 3; j++)
        expect(rows[i * 4 + j]! * rows[(i + 1) * 4 + j + 1]!).toBe(rows[i * 4 + j + 1]! * rows[(i + 1) * 4 + j]!)
    expect(squaredNorm(rows)).toBe(12)
    const { variance, bias } = await moments(lowRank(), problem, whole, 40_000)
    near(variance, rankOne.relativeVariance(d) * g2)
    expect(squaredNorm(bias)).toBeLessThan((6 * variance) / 40_000)
    near((await moments(lowRank({ directions: 3 }), problem, whole, 20_000)).variance, ((d - 1) * g2) / 3)
  })

  it('takes tensors of any number of axes', () => {
    const shapes = rankOne.sample(key(1), [full([2, 3, 4], 0), full([], 0), full([5], 0)]).map((t) => t.shape)
    expect(shapes).toEqual([[2, 3, 4], [], [5]])
  })
})

describe('controlVariate', () => {
  const guess = treeLeaves(treeMap((x) => mul(add(x, 0.5), 0.8), g))
  const missing = async (): Promise<number> => {
    const left = [...guess]
    return squaredNorm(await numbers(treeMap((x) => sub(left.shift()!, x), g)))
  }

  it.each(Object.values(distributions))(
    'has no bias and the variance (d + κ − 2)‖g − s‖²: $name',
    async (distribution) => {
      const e = controlVariate(rfg({ distribution }))
      const { variance, bias } = await moments(e, { ...problem, state: { guess, inner: {} } }, whole, 40_000)
      near(variance, distribution.relativeVariance(d) * (await missing()))
      expect(squaredNorm(bias)).toBeLessThan((6 * variance) / 40_000)
      expect(await missing()).toBeLessThan(g2)
    },
  )

  it.each([1, 4])('learns a gradient that stays, by the stated factor: K = %i', async (K) => {
    const linear = (p: typeof affine): Tensor => add(sum(mul(p.weight, affine.weight)), sum(mul(p.bias, affine.bias)))
    const e = controlVariate(rfg({ directions: K }), { rate: K / (d + K + 1) })
    const steps = 6
    const one = (base: Key) => (i: Tensor) => {
      let state = e.init(affine)
      for (let t = 0; t < steps; t++) state = e.estimate(linear, affine, state, { key: base.fold(i).fold(t) }).state
      return treeLeaves(affine)
        .map((x, l) => sum(square(sub(state.guess[l]!, x))))
        .reduce((a, b) => add(a, b))
    }
    const miss = sample((base) => mean(vmap(one(base))(arange(4000, 'u32'))), key(3))
    near(await miss.item(), (1 - K / (d + K + 1)) ** steps * squaredNorm(await numbers(affine)))
  })

  it('reports the loss exactly, and hides the parts', async () => {
    const one = controlVariate(spsa({ directions: 2 })).estimate(
      (p: typeof affine) => {
        expect(Object.hasOwn(p, 'weight')).toBe(true)
        return quadratic(p)
      },
      affine,
      { guess, inner: {} },
      { key: key(1) },
    )
    expect(await one.stats.forwardEquivalents.item()).toBe(4)
    const exact = controlVariate(bp()).estimate(quadratic, affine, { guess, inner: {} }, { key: key(1) })
    expect(await exact.value.item()).toBe(await quadratic(affine).item())
    expect(() => controlVariate(rfg(), { rate: 2 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })
})

describe('controlVariate by another estimator', () => {
  const two = spikingLoss({ widths: [2, 3, 3, 1], time: 4, samples: 4 })

  it('has no bias, though its guess has: feedback in a deep network', async () => {
    const guess = feedback()
    const state = { guess: guess.init(two.params), inner: {} }
    const exact = await numbers(truth(two))
    const s = await numbers(guess.estimate(two.loss, two.params, state.guess, { key: key(1) }).grad)
    expect(squaredNorm(s.map((x, i) => x - exact[i]!))).toBeGreaterThan(1e-3 * squaredNorm(exact))
    const n = 20_000
    const e = controlVariate(rfg(), { guess })
    const { variance, bias } = await moments(e, { ...two, state }, whole, n)
    expect(squaredNorm(bias)).toBeLessThan((6 * variance) / n)
  })

  it('has the variance (d + κ − 2)E‖g − s‖²', async () => {
    // The guess here has noise of its own.
    const guess = rfg({ directions: 4 })
    const e = controlVariate(rfg({ distribution: distributions.rademacher }), { guess })
    const { variance } = await moments(e, problem, whole, 40_000)
    near(variance, (d - 1) * ((d + 1) / 4) * g2)
  })

  it('passes the parts to the guess, reports the loss, and adds up both costs', async () => {
    const e = controlVariate(rfg({ directions: 2 }), { guess: eligibility() })
    const one = spikingLoss({ widths: [2, 4, 1] })
    const { value, grad, stats } = e.estimate(one.loss, one.params, e.init(one.params), { key: key(1) })
    // The guess is exact there: nothing is left to estimate.
    const exact = await numbers(truth(one))
    ;(await numbers(grad)).forEach((x, i) => expect(x).toBeCloseTo(exact[i]!, 5))
    expect(await value.item()).toBeCloseTo(await one.loss(one.params).item(), 6)
    expect(await stats.forwardEquivalents.item()).toBe(3 + 2)
    expect(e).toMatchObject({ name: 'controlVariate(rfg, eligibility)', needs: 'jvp', unbiased: true })
    expect(controlVariate(rfg(), { guess: bp() }).needs).toBe('vjp')
  })

  it('refuses a rate, since there is no running mean', () => {
    expect(() => controlVariate(rfg(), { guess: bp(), rate: 0.1 } as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    )
  })
})

describe('guided', () => {
  it('by another estimator leaves (1 − c²)(1 − K/(d − 1)) as well, whatever the length of the guess', async () => {
    const off = treeMap((x) => add(mul(x, 40), mul(affine.bias, 50)), g)
    const guess: Estimator = {
      ...{ name: 'off', needs: 'evaluate', unbiased: false, init: () => ({}) },
      estimate: (loss, params, state) => ({
        ...{ value: loss(params), grad: off as unknown as typeof params, state },
        stats: { forwardEquivalents: full([], 1) },
      }),
    }
    const [s, t] = [await numbers(off), await numbers(g)]
    const cosine = s.reduce((a, x, i) => a + x * t[i]!, 0) / Math.sqrt(squaredNorm(s) * g2)
    for (const K of [1, 5]) {
      const e = guided({ directions: K, guess })
      const { variance } = await moments(e, problem, whole, 20_000)
      near(variance, (1 - cosine ** 2) * (1 - K / (d - 1)) * g2)
      const { stats } = e.estimate(quadratic, affine, e.init(affine), { key: key(1) })
      expect(await stats.forwardEquivalents.item()).toBe(3 + K)
    }
    expect(() => guided({ guess, decay: 0.5 } as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })

  it('leaves (1 − c²)(1 − K/(d − 1)) of the gradient', async () => {
    const guess = treeLeaves(treeMap((x) => add(x, mul(affine.bias, 1.3)), g))
    const [s, t] = [await numbers(guess), await numbers(g)]
    const cosine = s.reduce((a, x, i) => a + x * t[i]!, 0) / Math.sqrt(squaredNorm(s) * g2)
    expect(cosine).toBeGreaterThan(0.5)
    for (const K of [1, 5]) {
      const { variance } = await moments(guided({ directions: K }), { ...problem, state: { guess } }, whole, 20_000)
      near(variance, (1 - cosine ** 2) * (1 - K / (d - 1)) * g2)
    }
  })

  it('without a guess projects on K + 1 directions', async () => {
    const { variance } = await moments(guided({ directions: 3 }), problem, whole, 20_000)
    near(variance, (1 - 4 / d) * g2)
  })

  it('finds a gradient that stays, step by step', async () => {
    const { loss, params } = spikingLoss()
    const e = guided({ directions: 3 })
    const run = jit((state: ReturnType<typeof e.init>, i: Tensor) =>
      e.estimate(loss, params, state, { key: key(1).fold(i) }),
    )
    const exact = await numbers(truth({ loss, params }))
    let state = e.init(params)
    let last = Infinity
    for (let i = 0; i < 12; i++) {
      const { grad, state: next } = run(state, tensor(i, { dtype: 'i32' }))
      const miss = squaredNorm((await numbers(grad)).map((x, j) => x - exact[j]!))
      expect(miss).toBeLessThan(last + 1e-9)
      last = miss
      state = next
    }
    expect(last).toBeLessThan(0.1 * squaredNorm(exact))
    run.dispose()
  })
})
