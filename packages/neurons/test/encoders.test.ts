import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Tensor, div, grad, jvp, key, matmul, mean, mul, reshape, sum, tensor, vmap } from '@spikeward/core'
import {
  constantCurrent,
  deltaEncoding,
  gaussianReceptiveFields,
  latencyEncoding,
  populationEncoding,
  rateEncoding,
  triangularEncoding,
} from '../src/index.js'
import { largestError } from './golden.js'

const x = tensor([0, 0.2, 0.5, 0.9, 1, 1.4, -0.3])
const numbers = async (t: Tensor): Promise<number[]> => [...(await t.data())]
const refuses = expect.objectContaining({ code: 'INVALID_OPTION' }) as Error
const unknown = expect.objectContaining({ code: 'UNKNOWN_OPTION' }) as Error

describe('constantCurrent', () => {
  it('passes the current on unchanged', () => {
    const { current, duration } = constantCurrent(x, { steps: 7 })
    expect(current).toBe(x)
    expect(duration).toEqual({ steps: 7 })
    expect(() => constantCurrent(x, { steps: -1 })).toThrow(refuses)
  })
})

describe('rateEncoding', () => {
  it('fires with the probability x, clipped to [0, 1]', async () => {
    const steps = 20_000
    const { current, duration } = rateEncoding(key(2), x, { steps })
    expect(current.shape).toEqual([steps, 7])
    expect(current.aval.binary).toBe(true)
    expect(duration).toEqual({})
    const rates = await numbers(mean(current, 0))
    for (const [i, p] of [0, 0.2, 0.5, 0.9, 1, 1, 0].entries()) {
      const deviation = Math.sqrt((p * (1 - p)) / steps)
      expect(Math.abs(rates[i]! - p)).toBeLessThanOrEqual(4 * deviation + 1e-6)
    }
  })

  it('gives the same spikes for the same key, others for another', async () => {
    const half = tensor([0.5, 0.5])
    const spikes = async (n: number): Promise<number[]> => numbers(rateEncoding(key(n), half, { steps: 64 }).current)
    expect(await spikes(1)).toEqual(await spikes(1))
    expect(await spikes(1)).not.toEqual(await spikes(2))
  })
})

describe('latencyEncoding', () => {
  it('fires once, earlier for larger values, and never at or below the silent level', async () => {
    const { current } = latencyEncoding(x, { steps: 11 })
    expect(current.shape).toEqual([11, 7])
    expect(current.aval.binary).toBe(true)
    expect(await numbers(sum(current, 0))).toEqual([0, 1, 1, 1, 1, 1, 0])
    const s = await numbers(reshape(current, [11 * 7]))
    const times = [1, 2, 3, 4, 5].map((i) => s.findIndex((v, k) => v === 1 && k % 7 === i))
    expect(times.map((k) => Math.floor(k / 7))).toEqual([8, 5, 1, 0, 0])
    expect(await numbers(sum(latencyEncoding(x, { steps: 11, silentBelow: 0.5 }).current, 0))).toEqual([
      0, 0, 0, 1, 1, 1, 0,
    ])
  })

  it('rounds the time to the nearest step', async () => {
    const { current } = latencyEncoding(tensor([0.245, 0.255]), { steps: 11 })
    const s = await numbers(reshape(current, [22]))
    expect([0, 1].map((i) => Math.floor(s.findIndex((v, k) => v === 1 && k % 2 === i) / 2))).toEqual([8, 7])
  })

  it('refuses an option that it does not know', () => {
    expect(() => latencyEncoding(x, { steps: 3, tau: 1 } as { steps: number })).toThrow(unknown)
  })
})

describe('gaussianReceptiveFields', () => {
  const inside = tensor([0.31, 0.4, 0.55, 0.6789], { dtype: 'f64' })

  it('gives the units of one input side by side, each largest at its own centre', async () => {
    const centres = [-1, 0, 1, 2]
    const a = gaussianReceptiveFields(tensor([[2, -1]]), { units: 4, min: -1, max: 2, width: 0.5 })
    expect(a.shape).toEqual([1, 8])
    const expected = [2, -1].flatMap((v) => centres.map((c) => Math.exp(-2 * (v - c) ** 2)))
    expect(largestError(await a.data(), expected)).toBeLessThan(1e-6)
    expect(gaussianReceptiveFields(tensor(0.5), { units: 4 }).shape).toEqual([4])
  })

  // Poisson's sum: Σ_j exp(−(x − c_j)²/(2Δ²)) = √(2π)(1 + 2 e^{−2π²} cos(2π x/Δ) + …).
  it('sums to √(2π) for any x, and its centre of mass is x', async () => {
    const units = 41
    const a = gaussianReceptiveFields(reshape(inside, [4, 1]), { units, min: 0, max: 1 })
    const total = await numbers(sum(a, 1))
    for (const t of total) expect(Math.abs(t / Math.sqrt(2 * Math.PI) - 1)).toBeLessThan(6e-9)
    const centres = tensor(Float64Array.from({ length: units }, (_, j) => j / (units - 1)))
    const mass = await numbers(div(sum(mul(a, centres), 1), sum(a, 1)))
    expect(largestError(mass, await numbers(inside))).toBeLessThan(1e-8)
  })

  it('keeps derivatives of x: as a constant current, and in batches', async () => {
    const units = 5
    const f = (y: Tensor): Tensor => populationEncoding(y, { units, steps: 7 }).current
    const one = tensor([1, 1, 1, 1], { dtype: 'f64' })
    const [value, slope] = jvp(f, [inside], [one])
    expect(value.shape).toEqual([20])
    const [a, x] = [await numbers(value), await numbers(inside)]
    const expected = a.map((v, k) => (-v * (x[Math.floor(k / units)]! - (k % units) / 4)) / (1 / 16))
    expect(largestError(await numbers(slope), expected)).toBeLessThan(1e-12)
    const rows = vmap(f)(reshape(inside, [4, 1]))
    expect(largestError(await numbers(rows), a)).toBeLessThan(1e-14)
    expect(populationEncoding(inside, { units, steps: 7 }).duration).toEqual({ steps: 7 })
  })

  it('refuses one unit, an empty interval, an unknown name', () => {
    expect(() => gaussianReceptiveFields(x, { units: 1 })).toThrow(refuses)
    expect(() => gaussianReceptiveFields(x, { units: 3, min: 1, max: 1 })).toThrow(refuses)
    expect(() => populationEncoding(x, { units: 3, steps: 2, sigma: 1 } as never)).toThrow(unknown)
    expect(() => populationEncoding(x, { units: 3, steps: 0 })).toThrow(refuses)
  })
})

describe('deltaEncoding', () => {
  const signal = tensor([[0.5], [0.5], [0.75], [0.625], [0.125]])

  it('fires where the signal changes by the threshold', async () => {
    const { current, duration } = deltaEncoding(signal, { threshold: 0.25 })
    expect(current.shape).toEqual([5, 1])
    expect(duration).toEqual({})
    expect(await numbers(current)).toEqual([1, 0, 1, 0, -1])
    const on = deltaEncoding(signal, { threshold: 0.25, offSpikes: false, initial: 0.5 }).current
    expect(await numbers(on)).toEqual([0, 0, 1, 0, 0])
    expect(on.aval.binary).toBe(true)
  })

  it('is followed within the threshold by its reconstruction, however slow the signal', async () => {
    const step = fc.double({ min: -0.25, max: 0.25, noNaN: true })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        let level = 0
        const values = steps.map((s) => (level += s))
        const x = tensor(Float64Array.from(values))
        const spikes = await numbers(deltaEncoding(x, { threshold: 0.25, against: 'reconstruction' }).current)
        let r = 0
        for (const [t, s] of spikes.entries()) {
          r += 0.25 * s
          expect(Math.abs(values[t]! - r)).toBeLessThanOrEqual(0.25 + 1e-12)
        }
      }),
    )
    const slow = tensor(Float64Array.from({ length: 100 }, (_, t) => 0.01 * t))
    expect(await sum(deltaEncoding(slow).current).item()).toBe(0)
    expect(await sum(deltaEncoding(slow, { against: 'reconstruction' }).current).item()).toBeGreaterThanOrEqual(9)
  })

  it('has no derivative, and refuses a scalar and an unknown comparison', async () => {
    for (const against of ['previous', 'reconstruction'] as const) {
      const g = grad((s: Tensor) => sum(deltaEncoding(s, { against }).current))(signal)
      expect(await numbers(g)).toEqual([0, 0, 0, 0, 0])
    }
    expect(() => deltaEncoding(tensor(1))).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }) as Error)
    expect(() => deltaEncoding(signal, { against: 'next' as 'previous' })).toThrow(refuses)
  })
})

describe('triangularEncoding', () => {
  const n = 6
  const levels = tensor(Float64Array.from({ length: n + 1 }, (_, k) => k / n))

  it('is the first rows of the lower triangular matrix, as many as the level', async () => {
    for (let k = 0; k <= n; k++) {
      const { current, duration } = triangularEncoding(tensor(k / n), { steps: n })
      expect([current.shape, duration, current.aval.binary]).toEqual([[n, n], {}, true])
      const expected = Array.from({ length: n * n }, (_, i) => {
        const [t, j] = [Math.floor(i / n), i % n]
        return j <= t && t < k ? 1 : 0
      })
      expect(await numbers(current)).toEqual(expected)
    }
  })

  it('has counts max(0, k − j), by which any values at the levels are a weighted sum', async () => {
    const { current } = triangularEncoding(reshape(levels, [n + 1, 1]), { steps: n })
    expect(current.shape).toEqual([n, n + 1, n])
    const counts = sum(current, 0)
    const expected = Array.from({ length: (n + 1) * n }, (_, i) => Math.max(0, Math.floor(i / n) - (i % n)))
    expect(await numbers(counts)).toEqual(expected)
    // f(k) = Σ_j (second difference of f at j + 1)(k − j)₊ with f(−1) = f(0) = 0.
    const f = (k: number): number => (k <= 0 ? 0 : Math.sin(k) * k)
    const weights = tensor(Float64Array.from({ length: n }, (_, j) => f(j + 1) - 2 * f(j) + f(j - 1)))
    const wanted = Array.from({ length: n + 1 }, (_, k) => f(k))
    expect(largestError(await numbers(matmul(counts, weights)), wanted)).toBeLessThan(1e-12)
  })

  it('rounds to the nearest level of its interval, and clips', async () => {
    const { current } = triangularEncoding(tensor([-9, -1, 0, 0.24, 0.26, 9]), { steps: 4, min: -1, max: 1 })
    const perUnit = await numbers(sum(current, 0))
    expect(perUnit.filter((_, i) => i % 4 === 0)).toEqual([0, 0, 2, 2, 3, 4])
    expect(() => triangularEncoding(tensor([1]), { steps: 4, min: 2 })).toThrow(refuses)
  })
})
