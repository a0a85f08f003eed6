/** A corner of a polygon, or of a mesh in the plane. */
export type Point = readonly [number, number]

/** An edge from a to b, with the inside on its left. */
export type Edge = { readonly a: Point; readonly b: Point; readonly length: number }

export const edgeOf = (a: Point, b: Point): Edge => ({ a, b, length: Math.hypot(b[0] - a[0], b[1] - a[1]) })

/** Twice the signed area of a triangle: positive if r is to the left of the way from p to q. */
export const side = (p: Point, q: Point, r: Point): number =>
  (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

/** Whether two edges on one line share a part of positive length. */
export function overlaps(p: Edge, q: Edge): boolean {
  const [[from, to], [start, end]] = [directedOf(p), directedOf(q)]
  return before(before(from, start) < 0 ? start : from, before(to, end) < 0 ? to : end) < 0
}

/**
 * Whether two edges cross, each from one side of the other to the other side; edges that only touch do not. A line
 * sweeps over the edges in order of x, and compares an edge with the two beside it alone: about n log n of n edges.
 *
 * @param sideOf {@link side}; a test counts its calls
 * @param meetOnLine whether two edges on one line count as crossing as well; default: none
 * @see Shamos & Hoey, "Geometric intersection problems" (FOCS 1976)
 */
export function crosses(
  edges: readonly Edge[],
  sideOf = side,
  meetOnLine: (p: Edge, q: Edge) => boolean = () => false,
): boolean {
  const meet = (p: Edge, q: Edge): boolean => {
    const [start, end] = [sideOf(p.a, p.b, q.a), sideOf(p.a, p.b, q.b)]
    if (start === 0 && end === 0) return meetOnLine(p, q)
    return start * end < 0 && sideOf(q.a, q.b, p.a) * sideOf(q.a, q.b, p.b) < 0
  }
  const directed = edges.map(directedOf)
  const ends = directed.flatMap(([from, to], edge) => [
    { edge, at: from, starts: 1 },
    { edge, at: to, starts: 0 },
  ])
  // Edges that end at a point leave before others start there.
  ends.sort((p, q) => before(p.at, q.at) || p.starts - q.starts)
  /** The edges that the line meets, from bottom to top. */
  const met: number[] = []
  const cross = (lower: number | undefined, upper: number | undefined): boolean =>
    lower !== undefined && upper !== undefined && meet(edges[lower]!, edges[upper]!)
  for (const { edge, starts } of ends) {
    if (starts === 0) {
      const place = met.indexOf(edge)
      met.splice(place, 1)
      if (place > 0 && cross(met[place - 1], met[place])) return true
      continue
    }
    const [from, to] = directed[edge]!
    let [low, high] = [0, met.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const [p, q] = directed[met[middle]!]!
      if ((sideOf(p, q, from) || sideOf(p, q, to)) > 0) low = middle + 1
      else high = middle
    }
    if ((low > 0 && cross(met[low - 1], edge)) || cross(edge, met[low])) return true
    met.splice(low, 0, edge)
  }
  return false
}

/** The ends of an edge, in the order of the sweep. */
const directedOf = ({ a, b }: Edge): readonly [Point, Point] => (before(a, b) < 0 ? [a, b] : [b, a])

/** The order of points by x, and of those with equal x by y. */
const before = (p: Point, q: Point): number => p[0] - q[0] || p[1] - q[1]
