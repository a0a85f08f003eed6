/** Searches settings on a grid of whole numbers, without stopping at an edge that it could go beyond. */

/** A point of a grid: whole numbers, one for each axis. */
export type GridPoint = readonly number[]

/** A point that was tried, and its error; infinite for a failure. */
export type TriedPoint = { readonly point: GridPoint; readonly error: number }

/** The result of a search. */
export type GridSearch = {
  /** In the order in which they were tried. */
  readonly tried: readonly TriedPoint[]
  /** The point with the least error, the first of equal ones. */
  readonly best: GridPoint
}

/** The points that differ by 1 along one axis and lie within the limits. */
function neighboursOf(point: GridPoint, limits: readonly (readonly [low: number, high: number])[]): GridPoint[] {
  return point.flatMap((_, axis) =>
    [-1, 1].flatMap((by) => {
      const value = point[axis]! + by
      const [low, high] = limits[axis]!
      return value < low || value > high ? [] : [point.with(axis, value)]
    }),
  )
}

/**
 * Tries the points of `start`, and then the neighbours of the best point until all of them have been tried: the result has no neighbour
 * with a smaller error. It lies at an edge of the grid only if the edge is a limit.
 *
 * @param start the points that are always tried
 * @param limits for each axis the least and the greatest value that can be tried
 * @param errorAt the error at a point; infinite for a failure
 */
export async function searchGrid(
  start: readonly GridPoint[],
  limits: readonly (readonly [low: number, high: number])[],
  errorAt: (point: GridPoint) => Promise<number>,
): Promise<GridSearch> {
  const tried: TriedPoint[] = []
  const isTried = (point: GridPoint): boolean => tried.some((t) => t.point.join() === point.join())
  let next = start
  for (;;) {
    for (const point of next) tried.push({ point, error: await errorAt(point) })
    const best = tried.reduce((a, b) => (b.error < a.error ? b : a))
    // If every point failed, none of them has neighbours that are better candidates than the others.
    next = best.error === Infinity ? [] : neighboursOf(best.point, limits).filter((point) => !isTried(point))
    if (next.length === 0) return { tried, best: best.point }
  }
}
