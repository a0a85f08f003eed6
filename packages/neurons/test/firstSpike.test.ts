import { describe, expect, it } from 'vitest'
import { type Tensor, grad, jvp, onesLike, sum, tensor } from '@spikeward/core'
import { firstSpike } from '../src/index.js'

/**
 * The time at which V̇ = V² + I from V = 0 passes 1e4, by Runge–Kutta 4 with steps that shrink as V grows; what is left
 * is 1/V.
 */
function spikeTime(current: number): number {
  const slope = (v: number): number => v * v + current
  let [v, t] = [0, 0]
  while (v < 1e4) {
    const h = 1e-3 / Math.sqrt(v * v + 1)
    const a = slope(v)
    const b = slope(v + (h / 2) * a)
    const c = slope(v + (h / 2) * b)
    const d = slope(v + h * c)
    v += (h / 6) * (a + 2 * b + 2 * c + d)
    t += h
  }
  return t + 1 / v
}

describe('firstSpike', () => {
  it('weights the spike of the integrated membrane by its time', async () => {
    for (const current of [0.3, 1, 7]) {
      const value = await firstSpike(tensor([current], { dtype: 'f64' }), { tau: 2, order: 3 }).item()
      expect(value).toBeCloseTo(Math.exp(-((spikeTime(current) / 2) ** 3)), 6)
    }
  })

  it('appears smoothly: value, slope and curvature are 0 at the threshold and below, and finite', async () => {
    const currents = tensor([-2, 0, 1e-9, 1e-3], { dtype: 'f64' })
    const slope = grad((x: Tensor) => sum(firstSpike(x)))
    const curvature = (x: Tensor): Tensor => jvp(slope, [x], [onesLike(x)])[1]
    for (const f of [firstSpike, slope, curvature]) {
      ;[...(await f(currents).data())].forEach((value) => expect(Math.abs(Number(value))).toBeLessThan(1e-50))
    }
  })

  it('grows with the current, to 1', async () => {
    const values = [...(await firstSpike(tensor([0.1, 1, 10, 1e6], { dtype: 'f64' })).data())].map(Number)
    values.slice(1).forEach((value, i) => expect(value).toBeGreaterThan(values[i]!))
    expect(values.at(-1)!).toBeGreaterThan(0.99)
  })

  it('refuses a time constant that is not positive', () => {
    expect(() => firstSpike(tensor([1]), { tau: 0 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })
})
