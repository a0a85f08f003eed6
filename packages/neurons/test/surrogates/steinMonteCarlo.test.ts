import { describe, expect, it } from 'vitest'
import { type Key, type Tensor, jit, jvp, key, onesLike, sum, tensor, vmap } from '@spikeward/core'
import { leakyIntegrateAndFire, spike, steinGaussian, steinMonteCarlo, unroll } from '../../src/index.js'
import type { SteinForm } from '../../src/index.js'

const sigma = 0.4
const points = [-0.9, -0.4, -0.1, 0, 0.1, 0.4, 0.9]
const repeats = 300
/** Each point many times: every element has its own noise. */
const u = tensor(Float64Array.from({ length: points.length * repeats }, (_, i) => points[i % points.length]!))

/** Errors against the closed form, [point][repeat]. */
async function errors(form: SteinForm, samples: number, seed: number): Promise<number[][]> {
  const found = await steinMonteCarlo({ key: key(seed), sigma, samples, form })
    .slope(u)
    .data()
  const exact = await steinGaussian({ sigma }).slope(u).data()
  return points.map((_, p) =>
    Array.from({ length: repeats }, (_, r) => found[r * points.length + p]! - exact[r * points.length + p]!),
  )
}
const meanOf = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0) / x.length
const rms = (x: readonly number[]): number => Math.sqrt(meanOf(x.map((v) => v * v)))

describe.each(['plain', 'control', 'antithetic'] as const)('steinMonteCarlo, %s', (form) => {
  it('is unbiased: a z-test at every point', async () => {
    for (const e of await errors(form, 16, 5)) {
      const z = (meanOf(e) * Math.sqrt(repeats)) / rms(e)
      expect(Math.abs(z)).toBeLessThan(4)
    }
  })

  it('converges to the closed form as n^(−1/2)', async () => {
    const counts = [4, 16, 64]
    const errorsOf = await Promise.all(counts.map(async (n) => rms((await errors(form, n, 7)).flat())))
    const rates = errorsOf.slice(1).map((e, i) => Math.log(e / errorsOf[i]!) / Math.log(counts[i + 1]! / counts[i]!))
    for (const rate of rates) expect(Math.abs(rate + 0.5)).toBeLessThan(0.06)
  })
})

describe('steinMonteCarlo', () => {
  it('has less variance with the control variate above the threshold, and least with antithetic pairs', async () => {
    const [plain, control, antithetic] = await Promise.all(
      (['plain', 'control', 'antithetic'] as const).map((form) => errors(form, 16, 3)),
    )
    const last = points.length - 1
    expect(rms(control![last]!)).toBeLessThan(0.5 * rms(plain![last]!))
    for (let p = 0; p < points.length; p++) expect(rms(antithetic![p]!)).toBeLessThan(1.02 * rms(control![p]!))
  })

  it('is the two-point form of LocalZO: |ε|/(2σ²) where |u| < |ε|, never negative', async () => {
    const s = await steinMonteCarlo({ key: key(1), sigma, samples: 1 })
      .slope(u)
      .data()
    for (let i = 0; i < s.length; i++) {
      const at = Math.abs(points[i % points.length]!)
      expect(s[i]).toBeGreaterThanOrEqual(0)
      if (s[i] !== 0) expect(s[i]! * 2 * sigma * sigma).toBeGreaterThan(at - 1e-12)
    }
    expect(s.some((x) => x > 0) && s.some((x) => x === 0)).toBe(true)
  })

  it('shares its noise between the rows of a vmap, as documented', async () => {
    const slope = (x: Tensor): Tensor => steinMonteCarlo({ key: key(3) }).slope(x)
    const rows = await vmap(slope)(tensor([0.1, 0.1])).data()
    expect(rows[0]).toBe(rows[1])
    const whole = await slope(tensor([0.1, 0.1])).data()
    expect(whole[0]).not.toBe(whole[1])
  })

  it('accepts a traced key, through time and forward mode', async () => {
    const model = leakyIntegrateAndFire()
    const x = tensor([0.3, 0.5], { dtype: 'f64' })
    const one = onesLike(x)
    const along = (k: Key): Tensor => {
      const fire = spike(steinMonteCarlo({ key: k, samples: 8 }))
      const count = (y: Tensor): Tensor =>
        sum(unroll(model, {}, model.rest([2], 'f64'), y, { steps: 10 }, fire).outputs)
      return jvp(count, [x], [one])[1]
    }
    const compiled = jit(along)
    expect(await compiled(key(3)).item()).toBeCloseTo(await along(key(3)).item(), 9)
    expect(await compiled(key(4)).item()).not.toBe(await compiled(key(3)).item())
    expect(compiled.stats().compilations).toBe(1)
  })

  it('draws the same noise from the same key, other noise from another', async () => {
    const slope = async (n: number): Promise<string> =>
      [
        ...(await steinMonteCarlo({ key: key(n), samples: 2 })
          .slope(u)
          .data()),
      ].join()
    expect(await slope(1)).toBe(await slope(1))
    expect(await slope(1)).not.toBe(await slope(2))
  })

  it('refuses a form that it does not know', () => {
    expect(() => steinMonteCarlo({ key: key(0), form: 'odd' as SteinForm })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }) as Error,
    )
  })
})
