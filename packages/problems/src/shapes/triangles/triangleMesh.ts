import { SpikewardError } from '@spikeward/core'
import { edgeOf } from '../crosses.js'
import { pieceOf, signedArea } from '../polygon.js'
import { triangleBuckets } from './triangleBuckets.js'
import type { Geometry } from '../geometry.js'

/** Corners and triangles of a mesh in the plane. */
export type TriangleMesh = {
  /** Flat [P, 2], row-major. */
  readonly points: ArrayLike<number>
  /** Flat [T, 3]: rows of `points`, counted from 0. */
  readonly triangles: ArrayLike<number>
  /**
   * Edges by the name of their group, each flat [E, 2]: rows of `points`. Conditions may name those on the boundary.
   * Default: none.
   */
  readonly groups?: Readonly<Record<string, ArrayLike<number>>>
}

/**
 * The domain that a triangle mesh covers. Its boundary consists of the edges that belong to one triangle only. It has
 * no distance function: state its conditions in the loss.
 *
 * @throws INVALID_OPTION for corners or ends of edges that do not exist, or triangles without area
 */
export function triangleMesh({ points, triangles, groups = {} }: TriangleMesh): Geometry {
  const count = points.length / 2
  const rows = Array.from({ length: triangles.length / 3 }, (_, t) => [0, 1, 2].map((c) => triangles[3 * t + c]!))
  const at = (p: number): readonly [number, number] => [points[2 * p]!, points[2 * p + 1]!]
  const exists = (p: number): boolean => Number.isInteger(p) && p >= 0 && p < count
  const valid =
    Number.isInteger(count) &&
    Number.isInteger(triangles.length / 3) &&
    rows.length > 0 &&
    rows.every((row) => row.every(exists))
  const areas = valid ? rows.map((row) => signedArea(row.map(at))) : []
  if (!valid || areas.some((area) => !(Math.abs(area) > 0 && Number.isFinite(area)))) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `a mesh of ${points.length} coordinates and ${triangles.length} corners of triangles; give two coordinates a point, three corners a ` +
        'triangle counted from 0, and triangles that have a finite area',
    )
  }
  for (const [name, ends] of Object.entries(groups))
    if (ends.length % 2 !== 0 || !Array.from(ends).every(exists)) {
      throw new SpikewardError(
        'INVALID_OPTION',
        `a mesh whose group '${name}' has ${ends.length} ends of edges, some without a point; give two rows of points an edge, counted from 0`,
      )
    }
  const turned = rows.map((row, t) => (areas[t]! < 0 ? [row[0]!, row[2]!, row[1]!] : row))
  const edges = new Map<string, readonly [number, number]>()
  for (const row of turned)
    row.forEach((p, c) => {
      const q = row[(c + 1) % 3]!
      const back = `${q} ${p}`
      if (!edges.delete(back)) edges.set(`${p} ${q}`, [p, q])
    })
  const corners = turned.map((row) => row.map(at))
  const used = turned.flat().map(at)
  const near = triangleBuckets(corners)
  const edgeNames = namesOfEdges(groups)
  return {
    name: 'triangle mesh',
    dimension: 2,
    bounds: [0, 1].map((axis) => {
      const values = used.map((p) => p[axis]!)
      return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))] as const
    }),
    inside: ([x = 0, y = 0]) =>
      near(x, y).some((t) =>
        corners[t]!.every(([px, py], i) => {
          const [qx, qy] = corners[t]![(i + 1) % 3]!
          return (qx - px) * (y - py) - (qy - py) * (x - px) >= 0
        }),
      ),
    boundary: [...edges.values()].map(([p, q]) => pieceOf(edgeOf(at(p), at(q)), edgeNames.get(edgeKey(p, q)))),
    distance: null,
    level: null,
  }
}

const edgeKey = (p: number, q: number): string => `${Math.min(p, q)} ${Math.max(p, q)}`

/** The groups of each edge, in either direction. */
function namesOfEdges(groups: Readonly<Record<string, ArrayLike<number>>>): ReadonlyMap<string, readonly string[]> {
  const byEdge = new Map<string, string[]>()
  for (const [name, ends] of Object.entries(groups))
    for (let e = 0; e < ends.length; e += 2) {
      const edge = edgeKey(ends[e]!, ends[e + 1]!)
      const names = byEdge.get(edge) ?? []
      if (!names.includes(name)) names.push(name)
      byEdge.set(edge, names)
    }
  return byEdge
}
