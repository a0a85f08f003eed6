import { describe, expect, it, test } from 'vitest'
import {
  bits,
  boxMuller,
  key,
  Key,
  laplace,
  normal,
  rademacher,
  randint,
  sphere,
  tensor,
  uniform,
  vmap,
} from '../../src/index.js'
import { threefry } from '../../src/primitives/pointwise/threefry.js'
import type { Tensor } from '../../src/index.js'
import { numbers } from '../helpers.js'

const u32 = (x: number) => tensor(Uint32Array.of(x))

describe('threefry', () => {
  // Known answers published with Random123 for threefry2x32, 20 rounds.
  it.each([
    [0, 0, 0, 0, 0x6b200159, 0x99ba4efe],
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7],
    [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, 0xc4923a9c, 0x483df7a0],
  ])('key (%i, %i), counter (%i, %i)', async (k0, k1, c0, c1, x, y) => {
    expect(await numbers([...threefry(u32(k0), u32(k1), u32(c0), u32(c1))])).toEqual([x, y])
  })
})

describe('keys', () => {
  it('split and fold give new keys, always the same', async () => {
    const [a, b] = key(1).split(2)
    const all = await Promise.all([a!, b!, key(1), key(1).fold(0), key(1).fold(1), key(2)].map((k) => numbers(k)))
    expect(new Set(all.map(String)).size).toBe(6)
    expect(await numbers(key(1).split(2)[1]!)).toEqual(await numbers(b!))
  })

  it('folds a counter that is a tensor like a number', async () => {
    expect(await numbers(key(1).fold(tensor(7, { dtype: 'i32' })))).toEqual(await numbers(key(1).fold(7)))
  })

  it('draws the same for a key whether batched or not', async () => {
    const words = tensor(Uint32Array.of(0, 5, 0, 6), { shape: [2, 2] })
    const both = vmap((w: Tensor) => bits(new Key(w), [3]))(words)
    expect((await numbers(both)).slice(3)).toEqual(await numbers(bits(key(6), [3])))
  })

  it('refuses anything but whole numbers', () => {
    expect(() => key(-1)).toThrow(/INVALID_ARGUMENT/)
    expect(() => key(0.5)).toThrow(/INVALID_ARGUMENT/)
  })
})

describe('distributions', () => {
  const n = 4096
  const moments = (xs: number[]) => {
    const mean = xs.reduce((s, x) => s + x, 0) / xs.length
    return { mean, variance: xs.reduce((s, x) => s + (x - mean) ** 2, 0) / xs.length }
  }
  // Bounds are five standard errors of the moment for n draws.
  it.each([
    ['normal', normal, 1, 3],
    ['rademacher', rademacher, 1, 1],
    ['laplace', laplace, 1, 6],
  ] as const)('%s has mean 0, variance 1 and its kurtosis', async (_name, draw, variance, kurtosis) => {
    const xs = await numbers(draw(key(3), [n]))
    const m = moments(xs)
    expect(Math.abs(m.mean)).toBeLessThan(5 / Math.sqrt(n))
    expect(Math.abs(m.variance - variance)).toBeLessThan(5 * Math.sqrt(Math.max(0.02, kurtosis - 1) / n))
    const fourth = xs.reduce((s, x) => s + x ** 4, 0) / n
    expect(Math.abs(fourth - kurtosis)).toBeLessThan(kurtosis === 6 ? 4 : 0.6)
  })

  it('uniform stays in its interval, in f32 and f64', async () => {
    for (const dtype of ['f32', 'f64'] as const) {
      const xs = await numbers(uniform(key(1), [n], { min: -2, max: 3, dtype }))
      expect(Math.min(...xs)).toBeGreaterThanOrEqual(-2)
      expect(Math.max(...xs)).toBeLessThan(3)
      expect(Math.abs(moments(xs).mean - 0.5)).toBeLessThan((5 * 5) / Math.sqrt(12 * n))
    }
  })

  it('sphere has squared radius d', async () => {
    const xs = await numbers(sphere(key(1), [10, 10], { dtype: 'f64' }))
    expect(xs.reduce((s, x) => s + x * x, 0)).toBeCloseTo(100, 9)
  })

  it('randint covers [0, n)', async () => {
    const xs = await numbers(randint(key(1), [n], 7))
    expect(new Set(xs)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]))
  })
})

test('boxMuller has mean 0, variance 1 and kurtosis 3 on a fine grid of uniform numbers', () => {
  const n = 200
  const values = Array.from({ length: n * n }, (_, i) => boxMuller((Math.floor(i / n) + 0.5) / n, ((i % n) + 0.5) / n))
  const moment = (k: number): number => values.reduce((sum, z) => sum + z ** k, 0) / values.length
  expect(moment(1)).toBeCloseTo(0, 10)
  expect(moment(2)).toBeCloseTo(1, 2)
  expect(moment(4)).toBeCloseTo(3, 0)
  expect(boxMuller(0.5, 0)).toBeCloseTo(Math.sqrt(2 * Math.LN2), 15)
  expect(boxMuller(0, 0.25)).toBeCloseTo(0, 15)
})
