import { expect, it } from 'vitest'
import { triangleMesh } from '../src/index.js'
import { triangleBuckets } from '../src/shapes/triangles/triangleBuckets.js'
import { sequence } from '../src/shapes/points/sequences.js'

type Corners = readonly (readonly [number, number])[]

/** Numbers from 0 to 1, the same at every call. */
const draws = (count: number, dimension: number): (readonly number[])[] => {
  const next = sequence('uniform', dimension, 7)
  return Array.from({ length: count }, () => next())
}

/** Two triangles in each of n × n squares. */
const grid = (n: number): Corners[] =>
  Array.from({ length: n * n }, (_, i) => [i % n, Math.floor(i / n)] as const).flatMap(([c, r]): Corners[] => [
    [
      [c, r],
      [c + 1, r],
      [c + 1, r + 1],
    ],
    [
      [c, r],
      [c + 1, r + 1],
      [c, r + 1],
    ],
  ])

/** Triangles of any size, long ones among them. */
const scattered = draws(200, 6).map(([a, b, c, d, e, f]): Corners => {
  const size = 10 ** (3 * f!) / 1000
  return [
    [a!, b!],
    [a! + size * (c! - 0.5), b! + size * (d! - 0.5)],
    [a! + size * (d! - 0.4), b! + size * (e! - 0.5)],
  ]
})

const isIn = (corners: Corners, x: number, y: number): boolean => {
  const turns = corners.map(([px, py], i) => {
    const [qx, qy] = corners[(i + 1) % 3]!
    return (qx - px) * (y - py) - (qy - py) * (x - px)
  })
  return turns.every((t) => t >= 0) || turns.every((t) => t <= 0)
}

it.each([
  ['of a grid', grid(12), 12],
  ['of any size', scattered, 1],
] as const)('points are inside a mesh %s exactly where one of all triangles holds them', (_, triangles, extent) => {
  const shape = triangleMesh({
    points: triangles.flat(2),
    triangles: Array.from({ length: 3 * triangles.length }, (_, i) => i),
  })
  const places = draws(600, 2).map(([x, y]) => [extent * (1.2 * x! - 0.1), extent * (1.2 * y! - 0.1)] as const)
  const inside = places.map((p) => shape.inside(p))
  expect(inside).toEqual(places.map(([x, y]) => triangles.some((t) => isIn(t, x, y))))
  expect(new Set(inside).size).toBe(2)
})

it('a search in a mesh of equal triangles takes a few of them, however many there are', () => {
  for (const n of [10, 100]) {
    const near = triangleBuckets(grid(n))
    for (const [x, y] of draws(200, 2)) expect(near(n * x!, n * y!).length).toBeLessThanOrEqual(32)
  }
})

it('triangles that all cross the whole domain take memory in proportion to their number', () => {
  const slivers = draws(1000, 1).map(
    ([s]): Corners => [
      [0, s!],
      [1, 1 - s!],
      [1, 1 - s! + 1e-6],
    ],
  )
  const near = triangleBuckets(slivers)
  const cells = new Map<number, Uint32Array>()
  for (const [x, y] of draws(4000, 2)) {
    const found = near(x!, y!)
    cells.set(found.byteOffset, found)
  }
  const entries = [...cells.values()].reduce((sum, found) => sum + found.length, 0)
  expect(entries).toBeLessThanOrEqual(8 * slivers.length)
})

it('corners and midpoints of edges of a turned mesh far from the origin are near their triangles', () => {
  for (const far of [0, 1e3, 1e6, 1e9]) {
    const [cos, sin] = [Math.cos(0.3), Math.sin(0.3)]
    const turned = grid(12).map((corners) =>
      corners.map(([x, y]) => [far + cos * x - sin * y, -far + sin * x + cos * y] as const),
    )
    const near = triangleBuckets(turned)
    const missed = turned.flatMap((corners, t) =>
      corners.flatMap(([px, py], i) => {
        const [qx, qy] = corners[(i + 1) % 3]!
        const places = [[px, py] as const, [(px + qx) / 2, (py + qy) / 2] as const]
        return places.filter(([x, y]) => !near(x, y).includes(t))
      }),
    )
    expect(missed).toEqual([])
  }
})

it('a point that a triangle holds by rounding alone, left of its box and of a border of the grid, is near it', () => {
  const triangles: readonly Corners[] = [
    [
      [0.5, 0],
      [1, 0.5],
      [1, 1],
    ],
    [
      [0, 0],
      [0.25, 0],
      [0, 0.25],
    ],
    [
      [0, 0.5],
      [0.25, 0.5],
      [0, 1],
    ],
  ]
  // The number before 1/2, where the two columns of the grid meet; minus 1 it is rounded to -1/2.
  const x = 0.5 - 2 ** -54
  expect(isIn(triangles[0]!, x, 0)).toBe(true)
  expect(triangleBuckets(triangles)(x, 0)).toContain(0)
})
