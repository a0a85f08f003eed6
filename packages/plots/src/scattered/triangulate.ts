/** A triangle by the indices of its corners. */
export type Triangle = readonly [number, number, number]

/** A triangle with the circle through its corners, in the unit square. */
type Circled = { readonly corners: Triangle; readonly x: number; readonly y: number; readonly square: number }

/** The largest shift of a point, in the unit square: no four points are then on a circle, as those of a grid are. */
const SHIFT = 1e-7

/** The distance of the corners of the triangle around all points. */
const FAR = 1e3

/**
 * The Delaunay triangles of points in the plane: no point is inside the circle through the corners of a triangle. Points
 * are added from left to right, and a triangle whose circle is left of the next point is not visited again.
 *
 * @param points [n, 2], flat; a copy of another point belongs to no triangle
 * @returns no triangles if all points are on a line
 * @see Bowyer, The Computer Journal 1981; Watson, ibid.
 */
export function triangulate(points: ArrayLike<number>): readonly Triangle[] {
  const count = Math.floor(points.length / 2)
  const at = inUnitSquare(points, count)
  const order = Array.from({ length: count }, (_, i) => i)
    .filter((i) => Number.isFinite(at[2 * i]!) && Number.isFinite(at[2 * i + 1]!))
    .sort((i, j) => at[2 * i]! - at[2 * j]! || at[2 * i + 1]! - at[2 * j + 1]!)
    .filter((i, k, all) => k === 0 || at[2 * i] !== at[2 * all[k - 1]!] || at[2 * i + 1] !== at[2 * all[k - 1]! + 1])
  if (onLine(at, order)) return []
  // The corners around all points follow them, and belong to no triangle that is returned.
  const all = Float64Array.from([...shifted(at, count), -FAR, -FAR, FAR, -FAR, 0.5, FAR])
  let open: Circled[] = [circled(all, [count, count + 1, count + 2])]
  const closed: Circled[] = []
  for (const i of order) {
    const [x, y] = [all[2 * i]!, all[2 * i + 1]!]
    const kept: Circled[] = []
    // Edges of the removed triangles; one that two of them share is inside of the hole.
    const edges = new Map<string, readonly [number, number]>()
    for (const triangle of open) {
      const right = x - triangle.x
      if (right > 0 && right * right > triangle.square) closed.push(triangle)
      else if (right * right + (y - triangle.y) ** 2 > triangle.square) kept.push(triangle)
      else {
        const [a, b, c] = triangle.corners
        for (const [p, q] of [
          [a, b],
          [b, c],
          [c, a],
        ] as const) {
          const name = p < q ? `${p},${q}` : `${q},${p}`
          if (!edges.delete(name)) edges.set(name, [p, q])
        }
      }
    }
    open = [...kept, ...[...edges.values()].map(([p, q]) => circled(all, [p, q, i]))]
  }
  return [...closed, ...open].map(({ corners }) => corners).filter((corners) => corners.every((i) => i < count))
}

/** The points in the unit square, each axis by its own extent. */
function inUnitSquare(points: ArrayLike<number>, count: number): Float64Array {
  const low = [Infinity, Infinity]
  const high = [-Infinity, -Infinity]
  for (let i = 0; i < 2 * count; i++) {
    const [axis, v] = [i % 2, points[i]!]
    if (v < low[axis]!) low[axis] = v
    if (v > high[axis]!) high[axis] = v
  }
  return Float64Array.from(
    { length: 2 * count },
    (_, i) => (points[i]! - low[i % 2]!) / (high[i % 2]! - low[i % 2]! || 1),
  )
}

/** The points moved a little, by numbers that depend on their index alone. */
const shifted = (at: Float64Array, count: number): Float64Array =>
  at.map((v, i) => (i < 2 * count ? v + SHIFT * (((i * 0.618_033_988_749_895) % 1) - 0.5) : v))

/** Whether all points are on one line. */
function onLine(at: Float64Array, order: readonly number[]): boolean {
  const [first, last] = [order[0], order.at(-1)]
  if (first === undefined || last === undefined) return true
  const [x, y] = [at[2 * first]!, at[2 * first + 1]!]
  const [dx, dy] = [at[2 * last]! - x, at[2 * last + 1]! - y]
  return order.every((i) => Math.abs(dx * (at[2 * i + 1]! - y) - dy * (at[2 * i]! - x)) < 1e-9)
}

/** A triangle with the circle through its corners. */
function circled(at: Float64Array, corners: Triangle): Circled {
  const [a, b, c] = corners
  const [ax, ay] = [at[2 * a]!, at[2 * a + 1]!]
  const [bx, by] = [at[2 * b]! - ax, at[2 * b + 1]! - ay]
  const [cx, cy] = [at[2 * c]! - ax, at[2 * c + 1]! - ay]
  const twice = 2 * (bx * cy - by * cx)
  const [bb, cc] = [bx * bx + by * by, cx * cx + cy * cy]
  const x = (cy * bb - by * cc) / twice
  const y = (bx * cc - cx * bb) / twice
  return { corners, x: ax + x, y: ay + y, square: x * x + y * y }
}
