/** Polygons of many corners: their cost is counted, and their results are checked. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { numberAlgebra, polygon } from '../../src/index.js'
import { type Edge, type Point, crosses, edgeOf, side } from '../../src/shapes/crosses.js'
import { codeOf } from '../support/support.js'

const circle = (n: number): Point[] =>
  Array.from({ length: n }, (_, i) => [Math.cos((2 * Math.PI * i) / n), Math.sin((2 * Math.PI * i) / n)])

/** A comb of long slanted teeth: the boxes around its edges all overlap. */
const comb = (n: number): Point[] => [
  ...Array.from({ length: n }, (_, i): Point => (i % 2 === 0 ? [i / n, 0] : [i / n + 1, 1])),
  [3, 0],
  [3, -1],
  [0, -1],
]

const edgesOf = (corners: readonly Point[]): Edge[] =>
  corners.map((a, i) => edgeOf(a, corners[(i + 1) % corners.length]!))

it('edges are compared about n log n times, and no two of these cross', () => {
  for (const shape of [circle, comb])
    for (const n of [1000, 20_000]) {
      let calls = 0
      const counting: typeof side = (p, q, r) => (calls++, side(p, q, r))
      expect(crosses(edgesOf(shape(n)), counting)).toBe(false)
      expect(calls).toBeLessThan(2 * n * (Math.log2(n) + 8))
    }
})

it('finds a crossing where a comparison of all pairs does', () => {
  const everyPair = (edges: readonly Edge[]): boolean =>
    edges.some((e, i) =>
      edges.some(
        (o, j) =>
          j > i && side(e.a, e.b, o.a) * side(e.a, e.b, o.b) < 0 && side(o.a, o.b, e.a) * side(o.a, o.b, e.b) < 0,
      ),
    )
  const found = { true: 0, false: 0 }
  // Points of a small grid: many edges touch, overlap or stand upright.
  const corner = fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 }))
  fc.assert(
    fc.property(fc.array(corner, { minLength: 3, maxLength: 9 }), (corners) => {
      const edges = edgesOf(corners)
      fc.pre(edges.every((e) => e.length > 0))
      const expected = everyPair(edges)
      found[`${expected}`]++
      expect(crosses(edges)).toBe(expected)
    }),
    { numRuns: 2000 },
  )
  expect(Math.min(found.true, found.false)).toBeGreaterThan(100)
})

it('the distance takes the same operations for each edge, and is not lost with many edges', () => {
  const operations = (n: number): number => {
    let count = 0
    const counted = Object.fromEntries(
      Object.entries(numberAlgebra).map(([name, f]: [string, (...v: number[]) => number]) => [
        name,
        (...v: number[]) => (count++, f(...v)),
      ]),
    ) as unknown as typeof numberAlgebra
    polygon(circle(n)).distance!(counted, [0, 0])
    return count
  }
  expect(operations(400) - operations(200)).toBe(operations(600) - operations(400))
  // Far from a short edge of length l, φᵢ is r²/l, and the sum of all l at r = 1 is 2π.
  expect(polygon(circle(2000)).distance!(numberAlgebra, [0, 0])).toBeCloseTo(1 / (2 * Math.PI), 5)
})

it('takes more corners than a call takes arguments, and refuses those without a finite area', () => {
  expect(polygon(circle(140_000)).bounds[0]).toEqual([-1, 1])
  const far = 1e300
  expect(
    codeOf(() =>
      polygon([
        [-far, 0],
        [far, 0],
        [0, far],
      ]),
    ),
  ).toBe('INVALID_OPTION')
})
