import { expect, test } from 'vitest'
import { boxMuller } from '../../src/index.js'

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
