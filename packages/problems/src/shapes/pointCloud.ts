import { SpikewardError } from '@spikeward/core'
import type { BoundaryPiece, Geometry } from './geometry.js'

/** Points that stand for a domain. */
export type PointCloud = {
  readonly dimension: number
  /** Points of the inside, flat [n, dimension], row-major. */
  readonly points: ArrayLike<number>
  /** Points of the boundary, flat [m, dimension]. Default: none, so that no condition can be stated there. */
  readonly boundary?: ArrayLike<number>
  /** Outward normals at the points of the boundary, of any length, flat [m, dimension]. Default in the plane: from their neighbours. */
  readonly normals?: ArrayLike<number>
}

/** A point counts as near if it is closer than this many times the spacing. */
const REACH = 1.5

type Point = readonly number[]

/**
 * A domain that is known by points alone, such as the nodes of a measurement or of another solver's mesh. Steps draw their points from the
 * given ones, of the inside and of the boundary; all points of the boundary are equally likely, so where they are dense the condition weighs
 * more.
 *
 * A cloud determines its domain only up to the spacing h of its points, the largest distance from a point to its nearest neighbour:
 *
 * - `inside` is true within 1.5 h of a point of the cloud. It therefore fills gaps that are narrower than about 3 h, and without a boundary
 *   it reaches up to 1.5 h beyond the outermost points.
 * - With points of the boundary, a point must also be behind the nearest of them, against its normal. Along a smooth boundary the error is
 *   then of the order of h² times the curvature, at corners of the order of h.
 *
 * Bounds are those of the points. There is no distance function: state conditions in the loss. Measures of the boundary add up half the
 * distances to the two nearest neighbours in the plane, and the square of the mean distance to four of them in space.
 *
 * @throws INVALID_OPTION for fewer points than dimension + 1, numbers that do not fit together, or normals that are missing in space
 */
export function pointCloud({ dimension, points, boundary = [], normals }: PointCloud): Geometry {
  const cloud = rowsOf(points, dimension, 'points')
  const edge = rowsOf(boundary, dimension, 'points of the boundary')
  const own = normals === undefined ? null : rowsOf(normals, dimension, 'normals')
  if (cloud.length <= dimension || (edge.length > 0 && edge.length <= dimension)) {
    throw wrong(`${cloud.length} points and ${edge.length} of the boundary in ${dimension} dimensions; give more`)
  }
  if (own !== null && (own.length !== edge.length || own.some((n) => !(length(n) > 0)))) {
    throw wrong(`${own.length} normals for ${edge.length} points of the boundary; give one for each, none of length 0`)
  }
  if (own === null && edge.length > 0 && dimension !== 2) {
    throw wrong(
      `no normals in ${dimension} dimensions; they are found from neighbours in the plane alone: give normals`,
    )
  }
  const all = [...cloud, ...edge]
  const spacing = all.reduce((most, p, i) => Math.max(most, nearest(all, p, 1, i)[0]!.distance), 0)
  const outward = edge.map((p, i) => unit(own === null ? normalAt(edge, i, cloud) : own[i]!, p))
  const bounds = Array.from({ length: dimension }, (_, a) => {
    const values = all.map((p) => p[a]!)
    return [values.reduce((x, y) => Math.min(x, y)), values.reduce((x, y) => Math.max(x, y))] as const
  })
  return {
    name: 'point cloud',
    dimension,
    bounds,
    given: Float64Array.from(cloud.flat()),
    inside(x) {
      if (nearest(all, x, 1)[0]!.distance > REACH * spacing) return false
      const [border] = edge.length === 0 ? [] : nearest(edge, x, 1)
      if (border === undefined) return true
      const [at, normal] = [edge[border.index]!, outward[border.index]!]
      return x.reduce((sum, v, a) => sum + (v - at[a]!) * normal[a]!, 0) <= 0
    },
    boundary: edge.map((x, i): BoundaryPiece => {
      const near = nearest(edge, x, dimension === 2 ? 2 : 4, i)
      const mean = near.reduce((sum, n) => sum + n.distance, 0) / near.length
      return { size: mean ** (dimension - 1), at: () => ({ x, normal: outward[i]! }), keeps: () => true }
    }),
    distance: null,
    level: null,
  }
}

const wrong = (found: string): SpikewardError => new SpikewardError('INVALID_OPTION', `a point cloud of ${found}`)

function rowsOf(flat: ArrayLike<number>, dimension: number, what: string): Point[] {
  const count = flat.length / dimension
  const values = Array.from(flat)
  if (!Number.isInteger(dimension) || dimension < 2 || !Number.isInteger(count) || !values.every(Number.isFinite)) {
    throw wrong(`${flat.length} numbers of ${what}; give ${dimension} finite ones a point, in at least 2 dimensions`)
  }
  return Array.from({ length: count }, (_, i) => values.slice(i * dimension, (i + 1) * dimension))
}

const length = (v: Point): number => Math.hypot(...v)

const unit = (v: Point, at: Point): Point => {
  const size = length(v)
  if (size > 0) return v.map((x) => x / size)
  throw wrong(`boundary points around [${at.join(', ')}] that show no direction; give normals`)
}

function distanceOf(p: Point, q: Point): number {
  let sum = 0
  for (let a = 0; a < p.length; a++) sum += (p[a]! - q[a]!) ** 2
  return Math.sqrt(sum)
}

/** The k points that are nearest to x, without the one of number `except`. */
function nearest(points: readonly Point[], x: Point, k: number, except = -1): { index: number; distance: number }[] {
  const found: { index: number; distance: number }[] = []
  for (let index = 0; index < points.length; index++) {
    if (index === except) continue
    const distance = distanceOf(points[index]!, x)
    if (found.length === k && distance >= found[k - 1]!.distance) continue
    const at = found.findIndex((other) => other.distance > distance)
    found.splice(at < 0 ? found.length : at, 0, { index, distance })
    if (found.length > k) found.pop()
  }
  return found
}

/** Across the line through the two neighbours of a boundary point, away from the nearest point of the inside. */
function normalAt(edge: readonly Point[], i: number, cloud: readonly Point[]): Point {
  const p = edge[i]!
  const [a, b] = nearest(edge, p, 2, i).map(({ index }) => edge[index]!) as [Point, Point]
  const [tx, ty] = [a[0]! - b[0]!, a[1]! - b[1]!]
  const inner = cloud[nearest(cloud, p, 1)[0]!.index]!
  const side = ty * (p[0]! - inner[0]!) - tx * (p[1]! - inner[1]!)
  return side >= 0 ? [ty, -tx] : [-ty, tx]
}
