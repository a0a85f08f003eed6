import { describe, expect, it } from 'vitest'
import { key, mean, reshape, sum, tensor } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { constantCurrent, latencyEncoding, rateEncoding } from '../src/index.js'

const x = tensor([0, 0.2, 0.5, 0.9, 1, 1.4, -0.3])
const numbers = async (t: Tensor): Promise<number[]> => [...(await t.data())]
const refuses = expect.objectContaining({ code: 'INVALID_OPTION' }) as Error

describe('constantCurrent', () => {
  it('hands the current on as it is', () => {
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
  it('fires once, the earlier the larger, never at or below the silent level', async () => {
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
    expect(() => latencyEncoding(x, { steps: 3, tau: 1 } as { steps: number })).toThrow(refuses)
  })
})
