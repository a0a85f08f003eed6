import {
  add,
  arange,
  cast,
  div,
  greater,
  jit,
  key,
  mean,
  mul,
  reshape,
  sin,
  square,
  sub,
  sum,
  tensor,
  treeMap,
  vmap,
} from '@spikeward/core'
import type { Estimator, Key, Tensor, Tree } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { annealed, bp, distributions, mezo, spsa } from '../../src/index.js'
import { affine, numbers, quadratic, squaredNorm } from '../fixtures.js'
import { moments, squared, truth } from '../moments.js'
import { sample } from '../sample.js'
import { N, onBatch, params, q } from '../population.js'
import { spikingLoss } from '@spikeward/testkit'

type Wave = { readonly a: Tensor; readonly b: Tensor }
const f64 = { dtype: 'f64' } as const
const at: Wave = { a: tensor([0.3, -0.7, 1.1], f64), b: tensor([0.5, 0.9], f64) }
const w: Wave = { a: tensor([1.5, -2, 0.8], f64), b: tensor([1.2, 2.2], f64) }
const phase = (p: Wave): Tensor => add(sum(mul(p.a, w.a)), sum(mul(p.b, w.b)))
/** sin(w·θ): smooth, bounded, with all derivatives. */
const wave = (p: Wave): Tensor => sin(phase(p))
/** H(w·θ): a single spike. */
const jump = (p: Wave): Tensor => cast(greater(phase(p), 0), 'f64')

/** Mean of ĝ over `n` keys, with the standard error of each entry. */
async function expectation<P extends Tree>(
  e: Estimator<Tree>,
  loss: (p: P) => Tensor,
  params: P,
  n: number,
): Promise<{ mean: number[]; error: number[] }> {
  const out = sample((base) => {
    const each = vmap((i: Tensor) => e.estimate(loss, params, e.init(params), { key: base.fold(i) }).grad)(
      arange(n, 'u32'),
    )
    return { mean: treeMap((x) => mean(x, 0), each), square: treeMap((x) => mean(square(x), 0), each) }
  }, key(8))
  const [m, s] = [await numbers(out.mean), await numbers(out.square)]
  return { mean: m, error: s.map((x, i) => Math.sqrt((x - m[i]! ** 2) / n)) }
}
const within = (found: { mean: number[]; error: number[] }, stated: readonly number[]): void =>
  found.mean.forEach((x, i) => expect(Math.abs(x - stated[i]!)).toBeLessThan(4.5 * found.error[i]! + 1e-9))
/** The largest deviation of a mean from the stated expectation, in standard errors. */
const off = (found: { mean: number[]; error: number[] }, stated: readonly number[]): number =>
  Math.max(...found.mean.map((x, i) => Math.abs(x - stated[i]!) / found.error[i]!))

const n = 40_000
const size = 0.4
const weights = await numbers(w)
const theta = await phase(at).item()

describe('differences of a smooth loss', () => {
  it('mezo estimates the gradient of the smoothed loss: w cos(w·θ) exp(−ε²‖w‖²/2)', async () => {
    const stated = weights.map((x) => x * Math.cos(theta) * Math.exp((-(size ** 2) * squaredNorm(weights)) / 2))
    const found = await expectation(mezo({ size }) as Estimator<Tree>, wave, at, n)
    within(found, stated)
    const plain = weights.map((x) => x * Math.cos(theta))
    expect(off(found, plain)).toBeGreaterThan(10)
  })

  it('spsa that of its Rademacher smoothing: cos(w·θ) sin(εwⱼ)/ε Π_{i≠j} cos(εwᵢ)', async () => {
    const stated = weights.map((x, j) =>
      weights.reduce(
        (f, y, i) => (i === j ? f : f * Math.cos(size * y)),
        (Math.cos(theta) * Math.sin(size * x)) / size,
      ),
    )
    within(await expectation(spsa({ size }) as Estimator<Tree>, wave, at, n), stated)
  })

  it('the bias is O(ε²)', async () => {
    const truth = await numbers(bp().estimate(wave, at, {}, { key: key(0) }).grad)
    const found = await expectation(mezo({ size: 1e-3 }) as Estimator<Tree>, wave, at, n)
    within(found, truth)
  })

  it.each(Object.values(distributions))(
    '$name: on a quadratic there is no bias, and the variance is d + κ − 2 over K',
    async (distribution) => {
      const truth = bp().estimate(quadratic, affine, {}, { key: key(0) }).grad
      for (const directions of [1, 3]) {
        const e = spsa({ size: 0.3, distribution, directions })
        const one = (base: Key) => (i: Tensor) =>
          squared(treeMap(sub, e.estimate(quadratic, affine, {}, { key: base.fold(i) }).grad, truth))
        const variance = sample((base) => mean(vmap(one(base))(arange(n, 'u32'))), key(3))
        const stated = (distribution.relativeVariance(16) * squaredNorm(await numbers(truth))) / directions
        expect(Math.abs((await variance.item()) / stated - 1)).toBeLessThan(0.05)
      }
    },
  )
})

describe('differences of a spike', () => {
  it('mezo estimates the gradient of E H(w·(θ + εz)): the density of N(0, ε²‖w‖²) at w·θ, times w', async () => {
    const scale = size * Math.sqrt(squaredNorm(weights))
    const density = Math.exp(-((theta / scale) ** 2) / 2) / (scale * Math.sqrt(2 * Math.PI))
    within(
      await expectation(mezo({ size }) as Estimator<Tree>, jump, at, n),
      weights.map((x) => x * density),
    )
  })

  it('has a second moment that grows as 1/ε', async () => {
    const second = async (eps: number): Promise<number> => {
      const { mean: m, error } = await expectation(
        spsa({ size: eps }) as Estimator<Tree>,
        jump,
        { a: mul(at.a, 0), b: mul(at.b, 0) },
        2000,
      )
      return m.reduce((s, x, i) => s + x * x + error[i]! ** 2 * 2000, 0)
    }
    // At w·θ = 0 every difference meets the jump: E[(ΔL/2ε)²] = 1/4ε².
    expect((await second(0.01)) / (await second(0.1))).toBeCloseTo(100, 4)
  })
})

describe('spsa at the activity', () => {
  // The loss is a quadratic in the pre-activations: no bias at any size, and the variance of `activity`.
  const problem = { loss: onBatch(arange(N, 'i32'), N), params }

  it.each([1, 3])('has no bias and variance (q + κ − 2)(V + S)/(NK) if the loss is quadratic: K = %i', async (K) => {
    const { variance, bias } = await moments(
      spsa({ at: 'activity', size: 0.5, directions: K }),
      problem,
      (w) => w,
      20_000,
    )
    expect(squaredNorm(bias)).toBeLessThan((6 * variance) / 20_000)
    const each = vmap((i: Tensor) => squared(truth({ loss: onBatch(reshape(i, [1]), 1), params })))(arange(N, 'i32'))
    const stated = ((q - 1) * (await mean(each).item())) / (N * K)
    expect(Math.abs(variance / stated - 1)).toBeLessThan(0.05)
  })

  it('works on spikes, and needs parts', async () => {
    const { loss, params: at } = spikingLoss({ widths: [2, 4, 1], samples: 20 })
    const { grad, stats } = spsa({ at: 'activity', size: 0.2 }).estimate(loss, at, {}, { key: key(2) })
    expect(squaredNorm(await numbers(grad.layers))).toBeGreaterThan(0)
    expect(await stats.forwardEquivalents.item()).toBe(2)
    expect(() => spsa({ at: 'activity' }).estimate(quadratic, affine, {}, { key: key(2) })).toThrow(
      expect.objectContaining({ code: 'LOSS_WITHOUT_PARTS' }),
    )
  })
})

describe('spsa', () => {
  it('costs two evaluations per direction and returns the smoothed loss', async () => {
    const one = spsa({ directions: 3, size: 0.2, distribution: distributions.rademacher })
    const { stats, value } = one.estimate(quadratic, affine, {}, { key: key(1) })
    expect(await stats.forwardEquivalents.item()).toBe(6)
    // θ² + ε²z² on average over ±z.
    expect(await value.item()).toBeCloseTo((await quadratic(affine).item()) + 0.5 * 16 * 0.04, 4)
  })

  it.each([{ size: 0 }, { size: -1 }, { size: NaN }, { size: tensor([1]) }, { directions: 0 }])(
    'refuses options %#',
    (options) => {
      expect(() => spsa(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    },
  )
})

describe('annealed', () => {
  it('takes the size of its own step count, under jit as well', async () => {
    const e = annealed(
      (s) => spsa({ size: s }),
      (step) => div(0.5, add(cast(step, 'f32'), 1)),
    )
    const run = jit((state: Parameters<typeof e.estimate>[2], k: Key) => e.estimate(wave, at, state, { key: k }))
    let state = e.init(at)
    for (const [i, s] of [0.5, 0.25, 0.5 / 3].entries()) {
      const one = run(state, key(i))
      const plain = spsa({ size: s }).estimate(wave, at, {}, { key: key(i) })
      const [a, b] = [await numbers(one.grad), await numbers(plain.grad)]
      a.forEach((x, j) => expect(x).toBeCloseTo(b[j]!, 5))
      state = one.state
    }
    expect(run.stats().compilations).toBe(1)
    expect([e.name, e.needs]).toEqual(['annealed(spsa)', 'evaluate'])
  })
})
