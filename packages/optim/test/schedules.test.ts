import { tensor } from '@spikeward/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Schedule, constant, cosineDecay, exponentialDecay, piecewise, sgd, warmUp } from '../src/index.js'
import { at, updatesOf } from './fixtures.js'

const rateAt = async (schedule: Schedule, step: number, dtype: 'f64' | 'i32' = 'f64'): Promise<number> => {
  const rate = schedule(tensor(step, { dtype }))
  return typeof rate === 'object' ? rate.item() : Number(rate)
}

describe('schedules', () => {
  it('constant', async () => {
    expect(await rateAt(constant(0.3), 7)).toBe(0.3)
  })

  it('cosine falls from the initial rate through the middle to the floor, and stays', async () => {
    const schedule = cosineDecay({ initial: 2, steps: 100, floor: 0.1 })
    expect(await rateAt(schedule, 0)).toBeCloseTo(2, 12)
    expect(await rateAt(schedule, 50)).toBeCloseTo(1.1, 12)
    expect(await rateAt(schedule, 100)).toBeCloseTo(0.2, 12)
    expect(await rateAt(schedule, 1000)).toBeCloseTo(0.2, 12)
    expect(await rateAt(cosineDecay({ initial: 1, steps: 10 }), 10)).toBeCloseTo(1e-3, 12)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 150 }), async (t) => {
        expect(await rateAt(schedule, t + 1)).toBeLessThanOrEqual((await rateAt(schedule, t)) + 1e-12)
      }),
      { numRuns: 30 },
    )
  })

  it('exponential, with a staircase and a floor', async () => {
    const options = { initial: 1, factor: 0.5, every: 10 }
    expect(await rateAt(exponentialDecay(options), 5)).toBeCloseTo(Math.SQRT1_2, 12)
    expect(await rateAt(exponentialDecay({ ...options, staircase: true }), 19)).toBeCloseTo(0.5, 12)
    expect(await rateAt(exponentialDecay({ ...options, floor: 0.1 }), 1000)).toBeCloseTo(0.1, 12)
  })

  it('piecewise jumps at the named steps', async () => {
    const schedule = piecewise(1, [
      [10, 0.1],
      [20, 0.01],
    ])
    const rates = await Promise.all([0, 9, 10, 19, 20, 99].map((t) => rateAt(schedule, t)))
    expect(rates).toEqual([1, 1, 0.1, 0.1, 0.01, 0.01])
    expect(await rateAt(piecewise(1, []), 3)).toBe(1)
  })

  it('warm-up rises to the full rate, then begins the other at its own step 0', async () => {
    const schedule = warmUp(4, cosineDecay({ initial: 1, steps: 10, floor: 0 }))
    const rates = await Promise.all([0, 1, 2, 3, 4, 14].map((t) => rateAt(schedule, t)))
    expect(rates.map((r) => Number(r.toFixed(10)))).toEqual([0.25, 0.5, 0.75, 1, 1, 0])
    expect(await rateAt(warmUp(4, constant(2)), 1)).toBe(1)
  })

  it('take integer steps as well', async () => {
    expect(await rateAt(cosineDecay({ initial: 2, steps: 100, floor: 0.1 }), 50, 'i32')).toBeCloseTo(1.1, 5)
  })

  it('count from 0 in an optimiser', async () => {
    const made = await updatesOf(sgd(piecewise(1, [[2, 0.5]])), [[1], [1], [1], [1]], at(0))
    expect(made.flat()).toEqual([-1, -1, -0.5, -0.5])
  })

  it.each([
    [() => constant(Number.NaN), 'INVALID_LEARNING_RATE'],
    [() => cosineDecay({ initial: -1, steps: 10 }), 'INVALID_LEARNING_RATE'],
    [() => cosineDecay({ initial: 1, steps: 0 }), 'INVALID_OPTION'],
    [() => cosineDecay({ initial: 1, steps: 10, flor: 1 } as never), 'UNKNOWN_OPTION'],
    [() => exponentialDecay({ initial: 1, factor: 0, every: 1 }), 'INVALID_OPTION'],
    [() => piecewise(1, [[5, Infinity]]), 'INVALID_LEARNING_RATE'],
    [
      () =>
        piecewise(1, [
          [5, 1],
          [5, 1],
        ]),
      'INVALID_OPTION',
    ],
    [() => warmUp(0, constant(1)), 'INVALID_OPTION'],
  ])('refuse options that make no rate: %#', (make, code) => {
    expect(make).toThrow(expect.objectContaining({ code }))
  })
})
