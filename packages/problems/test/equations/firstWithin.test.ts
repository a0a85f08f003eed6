import fc from 'fast-check'
import { expect, it } from 'vitest'
import { pointCloud } from '../../src/index.js'
import { firstWithin } from '../../src/shapes/near/firstWithin.js'

/** The same by comparing all pairs. */
const compared = (points: readonly (readonly number[])[], reach: number): number[] =>
  points.map((x) => points.findIndex((y) => Math.sqrt(y.reduce((sum, v, a) => sum + (v - x[a]!) ** 2, 0)) <= reach))

it('finds the same as a comparison of all pairs: on lattices, near cells’ sides, far from 0, and of equal points', () => {
  const coordinate = fc.oneof(
    fc.integer({ min: -40, max: 40 }).map((n) => n / 4),
    fc.integer({ min: -10, max: 10 }).map((n) => n + 1e-9),
    fc.double({ min: -5, max: 5, noNaN: true }),
  )
  const cloud = fc
    .integer({ min: 2, max: 3 })
    .chain((dimension) => fc.array(fc.array(coordinate, { minLength: dimension, maxLength: dimension })))
  fc.assert(
    fc.property(
      cloud,
      fc.constantFrom(0, 0.25, 0.5, 1, 1e-9),
      fc.constantFrom(0, 1e6, -3e8),
      (points, reach, origin) => {
        const all = points.map((x) => x.map((v) => origin + v))
        expect(firstWithin(all, reach)).toEqual(compared(all, reach))
      },
    ),
    { numRuns: 300 },
  )
})

it('searches once for equal points: the places of groups that are farther apart than the reach are compared, not their copies', () => {
  let reads = 0
  const count = 2000
  /** A point that counts how often its coordinates are read. */
  const counted = (x: number): readonly number[] =>
    new Proxy([x, 0], {
      get: (of, at) => {
        reads++
        return Reflect.get(of, at) as unknown
      },
    })
  const points = Array.from({ length: 2 * count }, (_, i) => counted(i < count ? 0 : 2))
  expect(firstWithin(points, 1)).toEqual(points.map((_, i) => (i < count ? 0 : count)))
  expect(reads).toBeLessThan(100 * points.length)
})

it('a cloud with many copies of a point is that of the points once', () => {
  const grid = Array.from({ length: 6 }, (_, i) => Array.from({ length: 6 }, (__, j) => [i, j])).flat()
  const copies = Array.from({ length: 20_000 }, () => [2, 3])
  const cloud = (points: readonly (readonly number[])[]) => pointCloud({ dimension: 2, points: points.flat() }).given
  expect(cloud([...grid, ...copies])).toEqual(cloud(grid))
})
