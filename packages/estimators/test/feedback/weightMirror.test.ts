import { add, key, matmul, mul, normal, rademacher, scan, arange, transpose, zeros } from '@spikeward/core'
import type { FloatDType, Tensor } from '@spikeward/core'
import { describe, expect, it } from 'vitest'
import { type Mirror, beginMirror, advanceMirror, basisVectors } from '../../src/feedback/weightMirror.js'
import { numbers, squaredNorm } from '../fixtures.js'
import { sample } from '../sample.js'

const signs = key(5)
const sizes = [1, 7, 33]
const counts = [3, 8, 64]
const cases = sizes.flatMap((m) => counts.map((count) => ({ m, count })))

const weightOf = (m: number, k: number, dtype: FloatDType = 'f64'): Tensor => normal(key(k).fold(m), [m, 4], { dtype })
const after = (mirror: Mirror, weight: Tensor, count: number, steps: number): Mirror =>
  steps === 0 ? mirror : after(advanceMirror(mirror, weight, count, signs), weight, count, steps - 1)
const distance = async (a: Tensor, b: Tensor): Promise<number> => squaredNorm(await numbers(add(a, mul(b, -1))))

describe('the weight mirror', () => {
  it.each(sizes)('has orthonormal vectors that reach every input: %d', async (m) => {
    const all = basisVectors(arange(m), m, 'f64', signs)
    const gram = await numbers(matmul(all, transpose(all)))
    gram.forEach((x, i) => expect(x).toBeCloseTo(i % (m + 1) === 0 ? 1 : 0, 12))
  })

  it('has orthonormal vectors up to 32,768 inputs, and refuses more', async () => {
    const [m, count] = [32_768, 3]
    const last = basisVectors(add(arange(count), m - count), m, 'f64', signs)
    const gram = await numbers(matmul(last, transpose(last)))
    gram.forEach((x, i) => expect(x).toBeCloseTo(i % (count + 1) === 0 ? 1 : 0, 10))
    expect(() => beginMirror('first.weight', zeros([m + 1, 1]), count, 1, signs)).toThrow(
      /'first.weight'.*INVALID_OPTION/,
    )
  })

  it.each(cases)('is the weight at rest after one pass through the basis, $count of $m at a time', async (c) => {
    const { m, count } = c
    const weight = weightOf(m, 1)
    const pass = Math.ceil(m / Math.min(count, m))
    const nothing = beginMirror('w', weight, count, 0, signs)
    expect(await distance(after(nothing, weight, count, pass).feedback, weight)).toBeLessThan(1e-24)
    // One step fewer leaves the part along the vectors that were not taken.
    const rest = await distance(after(nothing, weight, count, pass - 1).feedback, weight)
    expect(rest).toBeGreaterThan(1e-6)
  })

  it.each(cases)('forgets a movement after one pass, wherever it begins, $count of $m at a time', async (c) => {
    const { m, count } = c
    const [old, moved] = [weightOf(m, 1), weightOf(m, 2)]
    const pass = Math.ceil(m / Math.min(count, m))
    for (const lead of [0, 1, pass + 1]) {
      const before = after(beginMirror('w', old, count, 1, signs), old, count, lead)
      expect(await distance(after(before, moved, count, pass).feedback, moved)).toBeLessThan(1e-24)
    }
  })

  it('misses a weight that moves steadily by at most the movement of one pass', async () => {
    const [m, count] = [24, 4]
    const [weight, step] = [weightOf(m, 1), mul(rademacher(key(3), [m, 4], { dtype: 'f64' }), 1e-2)]
    let mirror = beginMirror('w', weight, count, 1, signs)
    let now = weight
    for (let i = 0; i < 20; i++) {
      now = add(now, step)
      mirror = advanceMirror(mirror, now, count, signs)
      const miss = await distance(mirror.feedback, now)
      const lag = m / count - 1
      expect(miss).toBeLessThan(lag ** 2 * squaredNorm(await numbers(step)) + 1e-20)
    }
  })

  it.each(['f32', 'f64'] as const)('starts at the weight on a compiled backend too: %s', async (dtype) => {
    const weight = weightOf(100, 4, dtype)
    const run = (): Tensor => {
      const start = beginMirror('w', mul(weight, 2), 8, 1, signs)
      const [{ feedback }] = scan(
        (b: Mirror, _: Tensor): [Mirror, []] => [advanceMirror(b, weight, 8, signs), []],
        start,
        arange(13),
      )
      return feedback
    }
    expect(await distance(sample(run, key(0)), weight)).toBeLessThan(dtype === 'f32' ? 1e-9 : 1e-24)
  })
})
