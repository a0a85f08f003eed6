import { expect, test } from 'vitest'
import { jumpingSeries, operationsOf, relative, samplesUntil } from '../src/jump.js'

test('the series before the jump is that without one, and another after it', async () => {
  const [jumps, stays] = [await jumpingSeries(400, 200, [23, 17], 5), await jumpingSeries(400, 400, [23, 17], 5)]
  expect(jumps.slice(0, 200)).toEqual(stays.slice(0, 200))
  expect(Math.abs(jumps[260]! - stays[260]!)).toBeGreaterThan(0.01)
})

test('counts samples from the jump until errors are small over 500 of them', () => {
  const series = Float64Array.from({ length: 4000 }, (_, t) => t)
  // The last value errs by 6; the errors are 3 for 700 samples after the jump at 1000, and 0.6 else.
  const errors = Float64Array.from({ length: 4000 }, (_, t) => (t >= 1000 && t < 1700 ? 3 : 0.6))
  expect(relative(errors, series, 500, 1000)).toBeCloseTo(0.1, 12)
  expect(samplesUntil(0.11, errors, series, 1000)).toBe(1200)
  expect(samplesUntil(0.09, errors, series, 1000)).toBe(null)
})

test('a window of 16 rows takes more than ten times the multiplications of traces', () => {
  // One pass: 8 · 128 + 128² + 128 + 8.
  expect(operationsOf({ way: 'learn', rate: 1, momentum: 0 })).toBe(4 * 17_544 + 128)
  const bp = operationsOf({ way: 'bp', window: 16, rate: 1 })
  expect(bp).toBe(19 * 17_544 + 16 * (17_544 + 128 * 128 + 128))
  expect(bp / operationsOf({ way: 'learn', rate: 1, momentum: 0 })).toBeGreaterThan(10)
})
