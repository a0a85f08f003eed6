import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
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
    .chain((dimension) =>
      fc.array(fc.array(coordinate, { minLength: dimension, maxLength: dimension }), { maxLength: 80, size: 'max' }),
    )
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

/** The most distances and bounds that one of `points` computes on average; `Math.sqrt` is called once for each. */
function stepsPerPoint(points: readonly (readonly number[])[], reach: number): number {
  const root = vi.spyOn(Math, 'sqrt')
  try {
    firstWithin(points, reach)
    return root.mock.calls.length / points.length
  } finally {
    root.mockRestore()
  }
}

it('searches once for equal points: the places of groups that are farther apart than the reach are compared, not their copies', () => {
  const count = 2000
  const points = Array.from({ length: 2 * count }, (_, i) => [i < count ? 0 : 2, 0])
  expect(firstWithin(points, 1)).toEqual(points.map((_, i) => (i < count ? 0 : count)))
  expect(stepsPerPoint(points, 1)).toBeLessThan(1)
})

it('takes few steps for many places that differ and lie close together', () => {
  // Groups of 500 places each, farther apart than the reach, within a square of 8 times the reach.
  const groups = Array.from({ length: 16 }, (_, g) =>
    Array.from({ length: 500 }, (__, i) => [
      2 * (g % 4) + 0.3 * Math.cos(i) * Math.sqrt(i / 500),
      2 * (g >> 2) + 0.3 * Math.sin(i) * Math.sqrt(i / 500),
    ]),
  ).flat()
  expect(firstWithin(groups, 1)).toEqual(groups.map((_, i) => 500 * Math.floor(i / 500)))
  // A comparison with all places before the first near one takes 4000 on average.
  expect(stepsPerPoint(groups, 1)).toBeLessThan(40)
  // Places within reach of some others alone: a search meets the boxes at the rim of its reach.
  const square = Array.from({ length: 8000 }, (_, i) => [(i * 0.618_034) % 1, (i * 0.414_214) % 1])
  expect(firstWithin(square, 0.02)).toEqual(compared(square, 0.02))
  expect(stepsPerPoint(square, 0.02)).toBeLessThan(300)
})

it('a cloud with many copies of a point is that of the points once', () => {
  const grid = Array.from({ length: 6 }, (_, i) => Array.from({ length: 6 }, (__, j) => [i, j])).flat()
  const copies = Array.from({ length: 20_000 }, () => [2, 3])
  const cloud = (points: readonly (readonly number[])[]) => pointCloud({ dimension: 2, points: points.flat() }).given
  expect(cloud([...grid, ...copies])).toEqual(cloud(grid))
})
