import { SpikewardError } from '@spikeward/core'
import type { BoundaryPiece, Geometry } from './geometry.js'
import { firstWithin } from './near/firstWithin.js'
import { nearestPoints } from './near/nearestPoints.js'
import { shareOfBoundary, sidesOf } from './shareOfBoundary.js'

/** Points that represent a domain. */
export type PointCloud = {
  readonly dimension: number
  /** Points of the inside, flat [n, dimension], row-major. They may include those of the boundary. */
  readonly points: ArrayLike<number>
  /** Points of the boundary, flat [m, dimension]. Default: none, so that no condition can be stated there. */
  readonly boundary?: ArrayLike<number>
  /**
   * Outward normals at the points of the boundary, of any length, flat [m, dimension]. Default in the plane: from their
   * neighbours.
   */
  readonly normals?: ArrayLike<number>
}

/** A point counts as near if it is closer than this many times the spacing. */
const REACH = 1.5

/** A normal points away from the mean of this many nearest points of the inside. */
const INNER = 8

/** Points that are closer than this share of the longest side of the bounds count as one point. */
const SAME = 1e-9

type Point = readonly number[]

/**
 * A domain that is known only by points, such as measurement points or the nodes of another solver's mesh. Steps draw
 * their points from the given ones, of the inside and of the boundary. Inner points are equally likely, so the equation
 * has more weight where they are dense. The probability of a boundary point is proportional to the length or area that
 * it represents.
 *
 * A cloud determines its domain only up to the spacing h of its points, the largest distance from a point to its
 * nearest neighbour:
 *
 * - `inside` is true within 1.5 h of a point of the cloud. It therefore fills gaps that are narrower than about 3 h,
 *   and without a boundary it reaches up to 1.5 h beyond the outermost points.
 * - With points of the boundary, a point must also be behind the nearest of them, against its normal. Along a smooth
 *   boundary the error is then of the order of h² times the curvature, at corners of the order of h.
 *
 * Points closer to each other than 1e-9 of the longest side count once, with the mean of their unit normals.
 *
 * Bounds are those of the points. There is no distance function: state conditions in the loss. The measure of the
 * boundary is a sum over its points: each counts the part of the boundary that is nearest to it, see `shareOfBoundary`.
 *
 * Making the cloud takes a few searches for each of n points, each of about log n steps.
 *
 * @throws INVALID_OPTION for fewer points than dimension + 1, numbers that do not fit together, no point of the inside
 *   that is not one of the boundary, or normals that are missing in space or that neighbours do not show
 */
export function pointCloud({ dimension, points, boundary = [], normals }: PointCloud): Geometry {
  const everyPoint = rowsOf(points, dimension, 'points')
  const everyEdge = rowsOf(boundary, dimension, 'points of the boundary')
  const everyNormal = normals === undefined ? null : rowsOf(normals, dimension, 'normals')
  if (everyNormal !== null && (everyNormal.length !== everyEdge.length || everyNormal.some((n) => !(length(n) > 0)))) {
    throw wrong(
      `${everyNormal.length} normals for ${everyEdge.length} points of the boundary; give one for each, none of length 0`,
    )
  }
  const bounds = boundsOf([...everyPoint, ...everyEdge], dimension)
  const same = SAME * Math.max(...bounds.map(([low, high]) => high - low))
  const cloud = distinct(everyPoint, same).map(([first]) => everyPoint[first!]!)
  const places = distinct(everyEdge, same)
  const edge = places.map(([first]) => everyEdge[first!]!)
  const own = everyNormal === null ? null : places.map((copies) => normalOf(copies.map((k) => everyNormal[k]!)))
  if (cloud.length <= dimension || (edge.length > 0 && edge.length <= dimension)) {
    throw wrong(`${cloud.length} points and ${edge.length} of the boundary in ${dimension} dimensions; give more`)
  }
  if (own === null && edge.length > 0 && dimension !== 2) {
    throw wrong(
      `no normals in ${dimension} dimensions; only in the plane are they determined from neighbours; give normals`,
    )
  }
  const onEdge = nearestPoints(edge)
  const inner = edge.length === 0 ? cloud : cloud.filter((p) => onEdge(p, 1)[0]!.distance > same)
  if (inner.length === 0) {
    throw wrong(`${cloud.length} points that are all on the boundary; give inner points too`)
  }
  const all = [...inner, ...edge]
  const near = nearestPoints(all)
  const spacing = all.reduce((most, p, i) => Math.max(most, near(p, 1, i)[0]!.distance), 0)
  const nearInner = nearestPoints(inner)
  const normalAt = (p: Point, i: number): Point => {
    const near = nearInner(p, INNER).map(({ index }) => inner[index]!)
    return across(sidesOf(onEdge, edge, i), p, meanOf(near))
  }
  const outward = edge.map((p, i) => unit(own === null ? normalAt(p, i) : own[i]!, p))
  return {
    name: 'point cloud',
    dimension,
    bounds,
    given: Float64Array.from(cloud.flat()),
    inside(x) {
      if (near(x, 1)[0]!.distance > REACH * spacing) return false
      const [border] = onEdge(x, 1)
      if (border === undefined) return true
      const [at, normal] = [edge[border.index]!, outward[border.index]!]
      return x.reduce((sum, v, a) => sum + (v - at[a]!) * normal[a]!, 0) <= 0
    },
    boundary: edge.map(
      (x, i): BoundaryPiece => ({
        size: shareOfBoundary(onEdge, edge, outward, i),
        at: () => ({ x, normal: outward[i]! }),
        keeps: () => true,
      }),
    ),
    distance: null,
    level: null,
  }
}

const wrong = (description: string): SpikewardError =>
  new SpikewardError('INVALID_OPTION', `a point cloud of ${description}`)

function rowsOf(flat: ArrayLike<number>, dimension: number, what: string): Point[] {
  const count = flat.length / dimension
  const values = Array.from(flat)
  if (!Number.isInteger(dimension) || dimension < 2 || !Number.isInteger(count) || !values.every(Number.isFinite)) {
    throw wrong(`${flat.length} numbers of ${what}; give ${dimension} finite ones a point, in at least 2 dimensions`)
  }
  return Array.from({ length: count }, (_, i) => values.slice(i * dimension, (i + 1) * dimension))
}

/** The intervals that hold all points, of which there is at least one. */
const boundsOf = (all: readonly Point[], dimension: number): (readonly [number, number])[] =>
  Array.from({ length: dimension }, (_, a) =>
    all.reduce<readonly [number, number]>(
      ([low, high], p) => [Math.min(low, p[a]!), Math.max(high, p[a]!)],
      [Infinity, -Infinity],
    ),
  )

/** The places of points, in their order: the indices of those that are closer than `same` to the first one there. */
function distinct(points: readonly Point[], same: number): readonly (readonly number[])[] {
  const copies = new Map<number, number[]>()
  firstWithin(points, same).forEach((first, i) => {
    const place = copies.get(first)
    if (place === undefined) copies.set(first, [i])
    else place.push(i)
  })
  return [...copies.values()]
}

/** The direction of the normals of one place: the mean of their unit vectors, or the first where that is 0. */
function normalOf([first, ...others]: readonly Point[]): Point {
  if (others.length === 0) return first!
  const mean = meanOf([first!, ...others].map((n) => n.map((x) => x / length(n))))
  return length(mean) > SAME ? mean : first!
}

const length = (v: Point): number => Math.hypot(...v)

const unit = (v: Point, at: Point): Point => {
  const size = length(v)
  if (size > 0) return v.map((x) => x / size)
  throw wrong(`boundary points around [${at.join(', ')}] from which no normal can be determined; give normals`)
}

const meanOf = (points: readonly Point[]): Point =>
  points[0]!.map((_, a) => points.reduce((sum, p) => sum + p[a]!, 0) / points.length)

/**
 * Across the line through the two neighbours a and b of a boundary point p, away from `inner`; 0 where that is on the
 * line.
 */
function across([a, b]: readonly [Point, Point], p: Point, inner: Point): Point {
  const [tx, ty] = [a[0]! - b[0]!, a[1]! - b[1]!]
  const side = Math.sign(ty * (p[0]! - inner[0]!) - tx * (p[1]! - inner[1]!))
  return [side * ty, -side * tx]
}
