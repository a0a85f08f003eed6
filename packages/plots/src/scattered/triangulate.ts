import Delaunator from 'delaunator'

/** A triangle by the indices of its corners. */
export type Triangle = readonly [number, number, number]

/** Twice the least area of a triangle, in the unit square: those of points on a line to within rounding are smaller. */
const LEAST_AREA = 1e-9

/**
 * The Delaunay triangles of points in the plane, each axis scaled by its own extent: no point is inside the circle
 * through the corners of a triangle.
 *
 * @param points [n, 2], flat; a copy of another point, and a point that is not finite, belongs to no triangle
 * @returns no triangles if all points are on a line
 * @see https://github.com/mapbox/delaunator
 */
export function triangulate(points: ArrayLike<number>): readonly Triangle[] {
  const finite = Array.from({ length: Math.floor(points.length / 2) }, (_, i) => i).filter(
    (i) => Number.isFinite(points[2 * i]!) && Number.isFinite(points[2 * i + 1]!),
  )
  const [x, y] = [0, 1].map((axis) => scaledToUnit(finite.map((i) => points[2 * i + axis]!))) as [number[], number[]]
  const { triangles } = new Delaunator(Float64Array.from(finite.flatMap((_, k) => [x[k]!, y[k]!])))
  return Array.from({ length: triangles.length / 3 }, (_, t) => Array.from(triangles.subarray(3 * t, 3 * t + 3)))
    .filter(([a, b, c]) => {
      const twice = (x[b!]! - x[a!]!) * (y[c!]! - y[a!]!) - (x[c!]! - x[a!]!) * (y[b!]! - y[a!]!)
      return Math.abs(twice) > LEAST_AREA
    })
    .map(([a, b, c]): Triangle => [finite[a!]!, finite[b!]!, finite[c!]!])
}

/** Numbers from 0 to 1; of equal ones all are 0. */
function scaledToUnit(values: readonly number[]): number[] {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity)
  const extent = values.reduce((a, b) => Math.max(a, b), -Infinity) - low || 1
  return values.map((v) => (v - low) / extent)
}
