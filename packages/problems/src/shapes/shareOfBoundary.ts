import type { NearestTo } from './near/nearestPoints.js'

type Point = readonly number[]

/** Neighbours that bound the cell of a point on a surface. */
const NEIGHBOURS = 32

/**
 * The length (in the plane) or area (in space) of a boundary that point i of it stands for: the part of the tangent
 * that is nearer to it than to its neighbours, which are turned onto the tangent at their own distance.
 *
 * - In the plane: half the distances to the nearest neighbour on each side.
 * - In space: the area of the Voronoi cell among the 32 nearest neighbours, without those of the opposite face of a
 *   thin body, whose normals point away, and those of a parallel sheet. Where a surface ends, its outermost cells reach
 *   as far outward as inward.
 * - In more dimensions: a power of the mean distance to the 2d − 2 nearest neighbours, which is exact on a grid alone.
 *
 * The sum over all points is the measure of a smooth boundary up to the square of the spacing, for points at any
 * distances from each other. Edges and corners add an error of the order of the spacing.
 *
 * @param edge the points of the boundary
 * @param normals the unit normals there
 */
export function shareOfBoundary(
  onEdge: NearestTo,
  edge: readonly Point[],
  normals: readonly Point[],
  i: number,
): number {
  const at = edge[i]!
  if (at.length === 2) {
    const [a, b] = sidesOf(onEdge, edge, i)
    return (distance(a, at) + distance(b, at)) / 2
  }
  if (at.length === 3) return cellArea(onEdge, edge, normals as readonly Vector[], i)
  const near = onEdge(at, 2 * at.length - 2, i)
  return (near.reduce((sum, n) => sum + n.distance, 0) / near.length) ** (at.length - 1)
}

/** Two neighbours are on different sides if the cosine of the angle between the directions to them is below this. */
const APART = 0.5

/**
 * The nearest neighbour of point i of a line, and the nearest one on its other side: at an angle of at least 60 degrees
 * to it. If there is none, the two nearest.
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

/** The cosine of the angle at p between the directions to a and b. */
function cosine(p: Point, a: Point, b: Point): number {
  const from = (q: Point): Point => q.map((v, k) => v - p[k]!)
  const [to, other] = [from(a), from(b)]
  return dot(to, other) / (Math.hypot(...to) * Math.hypot(...other))
}

type Vector = readonly [number, number, number]
type Flat = readonly [number, number]

/**
 * Two normals point in the same direction if their cosine is above this, and in opposite ones if it is below its
 * negative.
 */
const ALIKE = 0.5

/** A direction is nearly along a normal if the cosine of the angle between them is above this: within 26 degrees. */
const ALONG = 0.9

/**
 * A neighbour in the tangent plane: the unit vector to it, and its distance in space, or along both faces of an edge.
 */
type Beside = { readonly to: Flat; readonly far: number }

const besideAt = ([x, y]: Flat, far: number): Beside[] => {
  const size = Math.hypot(x, y)
  return size === 0 ? [] : [{ to: [x / size, y / size], far }]
}

/**
 * The neighbours of point i, turned onto its tangent plane. Points of the opposite face of a thin body and of a
 * parallel sheet are left out, and more are asked for in their place. A face that meets this one at an edge is unfolded
 * about it, exactly for a right angle.
 */
function besides(onEdge: NearestTo, edge: readonly Point[], normals: readonly Vector[], i: number): Beside[] {
  const [at, normal] = [edge[i]!, normals[i]!]
  const [u, v] = acrossNormal(normal)
  const among = (count: number): Beside[] =>
    onEdge(at, count, i).flatMap(({ index, distance: far }) => {
      const way = edge[index]!.map((x, a) => x - at[a]!)
      const alike = dot(normals[index]!, normal)
      const depth = Math.abs(dot(way, normal))
      if (alike < -ALIKE || (alike > ALIKE && depth > ALONG * far)) return []
      const flat = [dot(way, u), dot(way, v)] as const
      if (alike > ALIKE) return besideAt(flat, far)
      const over = [dot(normals[index]!, u), dot(normals[index]!, v)] as const
      const turn = (dot(flat, over) < 0 ? -depth : depth) / Math.hypot(...over)
      const unfolded = [flat[0] + turn * over[0], flat[1] + turn * over[1]] as const
      return besideAt(unfolded, Math.hypot(...unfolded))
    })
  const near = among(NEIGHBOURS)
  return near.length === NEIGHBOURS ? near : among(4 * NEIGHBOURS).slice(0, NEIGHBOURS)
}

/**
 * The area of the Voronoi cell of point i among its neighbours, in the plane across the normal: a square, cut by the
 * line half way to each.
 */
function cellArea(onEdge: NearestTo, edge: readonly Point[], normals: readonly Vector[], i: number): number {
  const near = besides(onEdge, edge, normals, i)
  const reach = near.at(-1)?.far ?? 0
  const within = (cell: readonly Flat[], { to, far }: Beside): Flat[] => cut(cell, to, far / 2)
  const among = near.reduce<readonly Flat[]>(within, squareOf(reach))
  // No cell between neighbours on all sides reaches the square: here the surface ends.
  const open = among.some((p) => Math.max(Math.abs(p[0]), Math.abs(p[1])) === reach)
  const cell = open ? near.reduce((c, { to: [x, y], far }) => within(c, { to: [-x, -y], far }), among) : among
  return cell.reduce((sum, [x, y], k) => {
    const [nextX, nextY] = cell[(k + 1) % cell.length]!
    return sum + (x * nextY - nextX * y) / 2
  }, 0)
}

/** A square around 0 whose sides are at a distance `half`. */
const squareOf = (half: number): Flat[] => [
  [half, half],
  [-half, half],
  [-half, -half],
  [half, -half],
]

/** The part of a convex polygon where the product with `direction` is at most `most`. */
function cut(polygon: readonly Flat[], direction: Flat, most: number): Flat[] {
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
