import { SpikewardError, add, concatenate, mul, randint, take, tensor, uniform, zeros } from '@spikeward/core'
import type { Domain, Key, Region, Tensor } from '@spikeward/core'
import { boundaryPoints, checkTries } from '../../shapes/points/points.js'
import { type Sequence, sequence } from '../../shapes/points/sequences.js'
import type { Geometry } from '../../shapes/geometry.js'
import type { Names } from '../component.js'
import type { BoundaryCell, BoundaryPart, Space } from './space.js'

/** Whether a coordinate belongs to a side, up to `tolerance`. */
export type Side = { readonly axis: number; holds(coordinate: number, tolerance: number): boolean }

const holds = {
  '=': (x: number, at: number, tolerance: number) => Math.abs(x - at) <= tolerance,
  '<': (x: number, at: number, tolerance: number) => x < at - tolerance,
  '>': (x: number, at: number, tolerance: number) => x > at + tolerance,
} as const

/**
 * The side of a shape that a text selects: `x = 0`, `x < 0.5` or `y > 1`.
 *
 * @returns null for other texts, and for an axis that the shape does not have
 */
export function sideOf(text: string, axes: readonly string[]): Side | null {
  const [, name = '', sign = '', number = ''] = /^\s*(\w+)\s*([=<>])\s*(\S+)\s*$/.exec(text) ?? []
  const axis = axes.indexOf(name)
  const at = Number(number)
  if (axis < 0 || number === '' || !Number.isFinite(at)) return null
  return { axis, holds: (x, tolerance) => holds[sign as keyof typeof holds](x, at, tolerance) }
}

/** The number of points that are drawn once, on the host; each step draws from these. */
const POOL = 2 ** 13

/** The largest difference between a coordinate and that of a side, as a share of the shape's extent. */
const TOLERANCE = 1e-6

type Edge = ReturnType<typeof boundaryPoints>

/** The points of a boundary, with their normals, of which `keep` is true. */
function rowsWhere({ x, normal }: Edge, dimension: number, keep: (at: Float64Array) => boolean): Edge {
  const rows = Array.from({ length: x.length / dimension }, (_, r) => r).filter((r) =>
    keep(x.subarray(r * dimension, (r + 1) * dimension)),
  )
  const of = (values: Float64Array): Float64Array =>
    Float64Array.from({ length: rows.length * dimension }, (_, i) => {
      const row = rows[Math.floor(i / dimension)]!
      return values[row * dimension + (i % dimension)]!
    })
  return { x: of(x), normal: of(normal) }
}

/**
 * The space of a shape, and of an interval for each further axis. A step draws its points from a pool that covers the
 * shape evenly, so a compiled step needs no rejection sampling.
 */
export function shapeSpace(names: Names, shape: Geometry, others: Domain, time: string | null): Space {
  const domain = [...shape.bounds, ...others]
  const free = domain.map(() => null)
  const pool = Float32Array.from(shape.given ?? pointsInside(shape.bounds, shape, POOL, 'sobol'))
  const edge = shape.boundary.length === 0 ? null : boundaryPoints(shape, POOL)
  const rowsOf = (values: Float32Array, key: Key, n: number): Tensor => {
    const count = values.length / shape.dimension
    return take(tensor(values, { shape: [count, shape.dimension] }), randint(key, [n], count))
  }
  /** Further coordinates, drawn uniformly or fixed. */
  const rest = (key: Key, n: number, fixed: readonly (number | null)[]): Tensor[] =>
    others.length === 0
      ? []
      : [
          add(
            mul(
              uniform(key.fold(1), [n, others.length]),
              tensor(Float32Array.from(others, ([low, high], i) => (fixed[i] === null ? high - low : 0))),
            ),
            tensor(Float32Array.from(others, ([low], i) => fixed[i] ?? low)),
          ),
        ]
  const draw = (fixed: readonly (number | null)[]): Region => ({
    held: [...shape.bounds.map(() => null), ...fixed],
    points: (key, n) => ({
      kind: 'points',
      x: concatenate([rowsOf(pool, key.fold(0), n), ...rest(key, n, fixed)], 1),
    }),
  })
  const open = others.map(() => null)
  const cells = cellsOf(shape)
  const partOf = (name: string, { x, normal }: Edge, own: readonly BoundaryCell[]): BoundaryPart => {
    const [at, normals] = [Float32Array.from(x), Float32Array.from(normal)]
    return {
      name,
      cells: new Set(own),
      region: {
        held: free,
        points(key, n) {
          const flat = others.length === 0 ? [] : [zeros([n, others.length])]
          return {
            kind: 'points',
            x: concatenate([rowsOf(at, key.fold(0), n), ...rest(key, n, open)], 1),
            normal: concatenate([rowsOf(normals, key.fold(0), n), ...flat], 1),
          }
        },
      },
    }
  }
  return {
    ...names,
    domain,
    time,
    interior: draw(open),
    held(axis, value) {
      const index = names.axes.indexOf(axis) - shape.dimension
      if (index >= 0) return draw(others.map((_, i) => (i === index ? value : null)))
      throw new SpikewardError(
        'INVALID_OPTION',
        `a condition at ${axis} = ${value} in a ${shape.name}; only further axes such as time can be fixed; state the condition on the boundary`,
      )
    },
    boundary: edge === null ? [] : [partOf('the boundary', edge, cells)],
    cells,
    groups: groupsOf(shape),
    side(text) {
      const group = shape.boundary.filter((piece) => piece.groups?.includes(text))
      if (group.length > 0) {
        const points = boundaryPoints({ ...shape, boundary: group }, POOL)
        return partOf(
          text,
          points,
          cells.filter(({ names: own }) => own.includes(text)),
        )
      }
      const side = sideOf(text, names.axes.slice(0, shape.dimension))
      if (side === null || edge === null) return undefined
      const [low, high] = shape.bounds[side.axis]!
      const isThere = (x: ArrayLike<number>): boolean => side.holds(x[side.axis]!, TOLERANCE * (high - low))
      const rows = rowsWhere(edge, shape.dimension, isThere)
      if (rows.x.length === 0) return undefined
      return partOf(
        text,
        rows,
        cells.filter(({ at }) => isThere(at!)),
      )
    },
  }
}

/** Cells of a shape's boundary, at least, if all of it is on the boundary. */
const CELLS = 2 ** 11

/** Cells that cover the boundary of a shape: short pieces with a point each. */
function cellsOf({ boundary, dimension }: Geometry): readonly BoundaryCell[] {
  const each = Math.ceil(CELLS / boundary.length)
  const axes = Array.from({ length: dimension }, (_, a) => a)
  return boundary.flatMap((piece) => {
    const next = sequence('halton', Math.max(1, dimension - 1), 0)
    return Array.from({ length: each }, () => piece.at(next()).x).flatMap((at) =>
      piece.keeps(at) ? [{ size: piece.size / each, names: piece.groups ?? [], at, axes }] : [],
    )
  })
}

/** The names of the parts of a shape's boundary. */
const groupsOf = ({ boundary }: Geometry): readonly string[] => [
  ...new Set(boundary.flatMap(({ groups = [] }) => groups)),
]

/** Points of a domain, of which the first axes may be those of a shape: flat [count, axes]. */
export function pointsInside(domain: Domain, shape: Geometry | null, count: number, kind: Sequence): Float64Array {
  const axes = domain.length
  const next = sequence(kind, axes, 1)
  const x = new Float64Array(count * axes)
  for (let p = 0, tries = 0; p < count; tries++) {
    if (shape !== null) checkTries(shape, tries, p)
    const at = next().map((s, a) => domain[a]![0] + (domain[a]![1] - domain[a]![0]) * s)
    if (shape === null || shape.inside(at.slice(0, shape.dimension))) x.set(at, p++ * axes)
  }
  return x
}
