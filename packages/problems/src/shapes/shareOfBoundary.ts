import type { NearestTo } from './nearestPoints.js'

type Point = readonly number[]

/** Neighbours that bound the cell of a point on a surface. */
const NEIGHBOURS = 32

/**
 * The length (in the plane) or area (in space) of a boundary that point i of it stands for: the part of the tangent that is nearer to it than to
 * its neighbours, which are turned onto the tangent at their own distance.
 *
 * - In the plane: half the distances to the nearest neighbour on each side.
 * - In space: the area of the Voronoi cell among the 32 nearest neighbours.
 * - In more dimensions: a power of the mean distance to the 2d − 2 nearest neighbours, which is exact on a grid alone.
 *
 * The sum over all points is the measure of a smooth boundary up to the square of the spacing, for points at any distances from each other.
 * Edges and corners add an error of the order of the spacing.
 *
 * @param edge the points of the boundary
 * @param normal unit normal at point i
 */
export function shareOfBoundary(onEdge: NearestTo, edge: readonly Point[], i: number, normal: Point): number {
  const at = edge[i]!
  if (at.length === 2) {
    const [a, b] = sidesOf(onEdge, edge, i)
    return (distance(a, at) + distance(b, at)) / 2
  }
  if (at.length === 3) return cellArea(onEdge, edge, i, normal as Vector)
  const near = onEdge(at, 2 * at.length - 2, i)
  return (near.reduce((sum, n) => sum + n.distance, 0) / near.length) ** (at.length - 1)
}

/** Two neighbours are on different sides if the cosine of the angle between the ways to them is below this. */
const APART = 0.5

/**
 * The nearest neighbour of point i of a line, and the nearest one on its other side: at an angle of at least 60 degrees to it. If there is none,
 * the two nearest.
 */
export function sidesOf(onEdge: NearestTo, edge: readonly Point[], i: number): readonly [Point, Point] {
  const at = edge[i]!
  for (let count = 8; ; count *= 2) {
    const near = onEdge(at, count, i).map(({ index }) => edge[index]!)
    const [first] = near as [Point]
    const other = near.find((q) => cosine(at, first, q) < APART)
    if (other !== undefined) return [first, other]
    if (near.length < count) return [first, near[1]!]
  }
}

/** The cosine of the angle at p between the ways to a and b. */
function cosine(p: Point, a: Point, b: Point): number {
  const from = (q: Point): Point => q.map((v, k) => v - p[k]!)
  const [to, other] = [from(a), from(b)]
  return dot(to, other) / (Math.hypot(...to) * Math.hypot(...other))
}

type Vector = readonly [number, number, number]

/** The area of the Voronoi cell of point i among its neighbours, in the plane across the normal: a square, cut by the line half way to each. */
function cellArea(onEdge: NearestTo, edge: readonly Point[], i: number, normal: Vector): number {
  const at = edge[i]!
  const [u, v] = acrossNormal(normal)
  const near = onEdge(at, NEIGHBOURS, i)
  const reach = near.at(-1)!.distance
  let cell: (readonly [number, number])[] = [
    [reach, reach],
    [-reach, reach],
    [-reach, -reach],
    [reach, -reach],
  ]
  for (const { index, distance: far } of near) {
    const to = edge[index]!.map((x, a) => x - at[a]!)
    const [x, y] = [dot(to, u), dot(to, v)]
    const size = Math.hypot(x, y)
    if (size > 0) cell = cut(cell, [x / size, y / size], far / 2)
  }
  return cell.reduce((sum, [x, y], k) => {
    const [nextX, nextY] = cell[(k + 1) % cell.length]!
    return sum + (x * nextY - nextX * y) / 2
  }, 0)
}

/** The part of a convex polygon where the product with `direction` is at most `most`. */
function cut(
  polygon: readonly (readonly [number, number])[],
  direction: readonly [number, number],
  most: number,
): (readonly [number, number])[] {
  const beyond = polygon.map(([x, y]) => x * direction[0] + y * direction[1] - most)
  return polygon.flatMap((p, k) => {
    const next = (k + 1) % polygon.length
    const [a, b] = [beyond[k]!, beyond[next]!]
    const q = polygon[next]!
    const crossing = a / (a - b)
    const border = a * b < 0 ? [[p[0] + crossing * (q[0] - p[0]), p[1] + crossing * (q[1] - p[1])] as const] : []
    return a <= 0 ? [p, ...border] : border
  })
}

/** Two unit vectors across a unit vector and each other. */
function acrossNormal([a, b, c]: Vector): readonly [Vector, Vector] {
  const raw: Vector = Math.abs(a) < 0.6 ? [0, c, -b] : [-c, 0, a]
  const size = Math.hypot(...raw)
  const [x, y, z] = [raw[0] / size, raw[1] / size, raw[2] / size]
  return [
    [x, y, z],
    [b * z - c * y, c * x - a * z, a * y - b * x],
  ]
}

const dot = (a: Point, b: Point): number => a.reduce((sum, v, k) => sum + v * b[k]!, 0)

const distance = (a: Point, b: Point): number => Math.hypot(...a.map((v, k) => v - b[k]!))
