import { SpikewardError } from '@spikeward/core'
import { type Edge, type Point, crosses, edgeOf, overlaps, side } from './crosses.js'
import type { Algebra, BoundaryPiece, Geometry } from './geometry.js'

/** Options of {@link polygon}. */
export type PolygonOptions = {
  /** Corners of each hole, in either order. Default: none. */
  readonly holes?: readonly (readonly Point[])[]
}

/**
 * A polygon, from its corners in either order, without its holes. Conditions may name its outline by `outline`, and its
 * holes by `hole 1`, `hole 2`, … Its distance function joins the distances φᵢ to the edges, 1/φ = Σ 1/φᵢ
 * (Sukumar & Srivastava, Comput. Methods Appl. Mech. Eng. 2022): normalised to first order, and smooth inside.
 *
 * @throws INVALID_OPTION for fewer than three corners, edges that cross or have no length, or a hole that is not within
 *   the outline, is within another hole, or has an edge that overlaps one of the outline or of another hole
 * @example polygon([[0, 0], [1, 0], [0, 1]])
 * @example polygon([[0, 0], [4, 0], [0, 4]], { holes: [[[1, 1], [1, 2], [2, 1]]] })
 */
export function polygon(corners: readonly Point[], { holes = [] }: PolygonOptions = {}): Geometry {
  const rings = [corners, ...holes].map((ring, i) => ringOf(ring, i))
  const [outline, ...inner] = rings as [Ring, ...Ring[]]
  const edges = rings.flatMap((ring) => ring.edges)
  const ringWith = new Map(rings.flatMap((ring) => ring.edges.map((edge) => [edge, ring] as const)))
  const overlapElsewhere = (p: Edge, q: Edge): boolean => ringWith.get(p) !== ringWith.get(q) && overlaps(p, q)
  if (holes.length > 0 && crosses(edges, side, overlapElsewhere))
    throw invalid(
      'a polygon with holes whose edges cross, or overlap on a line; give holes that lie within the outline and apart',
    )
  inner.forEach(({ name, corners: own }, i) => {
    if (!own.some(([x, y]) => windsAround(outline.edges, x, y)))
      throw invalid(`a polygon whose ${name} is outside of its outline; give holes within it`)
    const around = inner.find((other, j) => j !== i && own.every(([x, y]) => windsAround(other.edges, x, y)))
    if (around !== undefined)
      throw invalid(`a polygon whose ${name} is within ${around.name}; give holes that lie apart`)
  })
  return {
    name: 'polygon',
    dimension: 2,
    bounds: [0, 1].map((axis) =>
      corners.reduce<readonly [number, number]>(
        ([low, high], p) => [Math.min(low, p[axis]!), Math.max(high, p[axis]!)],
        [Infinity, -Infinity],
      ),
    ),
    inside: ([x = 0, y = 0]) => windsAround(edges, x, y),
    boundary: rings.flatMap(({ name, edges: own }) => own.map((edge) => pieceOf(edge, [name]))),
    distance: (algebra, x) => nearEdges(algebra, edges, x),
    level: null,
  }
}

/** An outline or a hole: its edges have the inside of the polygon on their left. */
type Ring = { readonly name: string; readonly corners: readonly Point[]; readonly edges: readonly Edge[] }

/** @param index 0 of the outline, and of the holes from 1 */
function ringOf(corners: readonly Point[], index: number): Ring {
  const name = index === 0 ? 'outline' : `hole ${index}`
  const area = signedArea(corners)
  const isTurned = index === 0 ? area < 0 : area > 0
  const ordered = isTurned ? [...corners].reverse() : corners
  const edges = ordered.map((a, i) => edgeOf(a, ordered[(i + 1) % ordered.length]!))
  if (
    corners.length < 3 ||
    area === 0 ||
    !Number.isFinite(area) ||
    edges.some((e) => !(e.length > 0)) ||
    crosses(edges)
  ) {
    throw invalid(
      `a polygon of ${corners.length} corners${index === 0 ? '' : ` as ${name}`} whose edges cross, have no length, or enclose no finite area; give at least three corners in order`,
    )
  }
  return { name, corners, edges }
}

const invalid = (message: string): SpikewardError => new SpikewardError('INVALID_OPTION', message)

/** A polygon's area, positive if its corners turn left. */
export const signedArea = (corners: readonly Point[]): number =>
  corners.reduce((sum, [x, y], i) => {
    const [u, v] = corners[(i + 1) % corners.length]!
    return sum + (x * v - u * y) / 2
  }, 0)

/** An edge as a piece of a boundary, of the parts `groups`. */
export function pieceOf({ a, b, length }: Edge, groups: readonly string[] = []): BoundaryPiece {
  const normal = [(b[1] - a[1]) / length, (a[0] - b[0]) / length]
  return {
    size: length,
    groups,
    at: ([s = 0]) => ({ x: [a[0] + s * (b[0] - a[0]), a[1] + s * (b[1] - a[1])], normal }),
    keeps: () => true,
  }
}

/** Whether a ray to the right crosses the edges an odd number of times. */
function windsAround(edges: readonly Edge[], x: number, y: number): boolean {
  let odd = false
  for (const { a, b } of edges) {
    const crossing = a[1] > y !== b[1] > y
    if (crossing && x < ((b[0] - a[0]) * (y - a[1])) / (b[1] - a[1]) + a[0]) odd = !odd
  }
  return odd
}

/** φ with 1/φ = Σ 1/φᵢ, edge by edge as φψ / (φ + ψ): a product of all distances would be too small for a number. */
function nearEdges<T>(g: Algebra<T>, edges: readonly Edge[], x: readonly T[]): T {
  return edges.map((e) => nearEdge(g, e, x)).reduce((p, q) => g.div(g.mul(p, q), g.add(p, q)))
}

/**
 * The distance to a segment: √(f² + ((√(t² + f⁴) − t)/2)²), f the distance to its line, t positive between its ends.
 */
function nearEdge<T>(g: Algebra<T>, { a, b, length }: Edge, [x, y]: readonly T[]): T {
  const [dx, dy] = [g.sub(x!, g.constant(a[0])), g.sub(y!, g.constant(a[1]))]
  const f = g.mul(g.sub(g.mul(dx, g.constant(b[1] - a[1])), g.mul(dy, g.constant(b[0] - a[0]))), g.constant(1 / length))
  const [mx, my] = [g.sub(x!, g.constant((a[0] + b[0]) / 2)), g.sub(y!, g.constant((a[1] + b[1]) / 2))]
  const t = g.mul(g.sub(g.constant(length ** 2 / 4), g.add(g.mul(mx, mx), g.mul(my, my))), g.constant(1 / length))
  const f2 = g.mul(f, f)
  const trim = g.mul(g.sub(g.sqrt(g.add(g.mul(t, t), g.mul(f2, f2))), t), g.constant(0.5))
  return g.sqrt(g.add(g.add(f2, g.mul(trim, trim)), g.constant(1e-24)))
}
