import fc from 'fast-check'
import { expect, it } from 'vitest'
import { sampleDeviation, sampleMean, sampleMedian } from '../src/index.js'

const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 20 })

it('mean, deviation and median follow a shift and a scale', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: -100, max: 100 }), fc.integer({ min: 1, max: 10 }), (x, shift, scale) => {
      const moved = x.map((v) => scale * v + shift)
      expect(sampleMean(moved)).toBeCloseTo(scale * sampleMean(x) + shift, 8)
      expect(sampleDeviation(moved)!).toBeCloseTo(scale * sampleDeviation(x)!, 8)
      expect(sampleMedian(moved)).toBeCloseTo(scale * sampleMedian(x) + shift, 8)
    }),
  )
})

it('as many values lie below the median as above, in any order', () => {
  fc.assert(
    fc.property(values, (x) => {
      const middle = sampleMedian(x)
      expect(sampleMedian([...x].reverse())).toBe(middle)
      expect(x.filter((v) => v < middle).length).toBeLessThanOrEqual(x.length / 2)
      expect(x.filter((v) => v > middle).length).toBeLessThanOrEqual(x.length / 2)
    }),
  )
})

it('small samples', () => {
  expect(sampleMean([])).toBeNaN()
  expect(sampleMedian([])).toBeNaN()
  expect(sampleDeviation([3])).toBeNull()
  expect(sampleMedian([3, 1])).toBe(2)
  expect(sampleDeviation([1, 3])).toBeCloseTo(Math.SQRT2, 12)
})
