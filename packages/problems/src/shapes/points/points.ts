import { SpikewardError } from '@spikeward/core'
import { type Sequence, sequence } from './sequences.js'
import type { Geometry } from '../geometry.js'

/** Options of {@link interiorPoints} and {@link boundaryPoints}. */
export type PointsOptions = {
  /** How points are spread. Default `sobol`. */
  readonly sequence?: Sequence
  /** Key of the random numbers. Default 0. */
  readonly key?: number
}

/** The number of draws per point after which a shape counts as empty. */
const MAX_DRAWS = 10_000

/** Ends a search for points inside a shape that has hardly any. @throws INVALID_OPTION */
export function checkTries(shape: Geometry, tries: number, count: number): void {
  if (tries > MAX_DRAWS * (count + 1)) throw empty(shape, 'inside')
}

/**
 * Points in a shape, evenly spread: those points of a box around it that are inside.
 *
 * @returns flat [count, dimension], row-major
 * @throws INVALID_OPTION for a shape that fills almost nothing of its box
 */
export function interiorPoints(
  shape: Geometry,
  count: number,
  { sequence: kind = 'sobol', key = 0 }: PointsOptions = {},
): Float64Array {
  const { dimension, bounds } = shape
  const next = sequence(kind, dimension, key)
  const x = new Float64Array(count * dimension)
  let inside = 0
  for (let tries = 0; inside < count; tries++) {
    checkTries(shape, tries, inside)
    const p = next().map((s, i) => bounds[i]![0] + (bounds[i]![1] - bounds[i]![0]) * s)
    if (shape.inside(p)) x.set(p, inside++ * dimension)
  }
  return x
}

/**
 * Points on the boundary of a shape, evenly spread over its length, with the outward unit normals.
 *
 * @returns both flat [count, dimension], row-major
 * @throws INVALID_OPTION for a shape without a boundary
 */
export function boundaryPoints(
  shape: Geometry,
  count: number,
  { sequence: kind = 'sobol', key = 0 }: PointsOptions = {},
): { readonly x: Float64Array; readonly normal: Float64Array } {
  const { dimension, boundary } = shape
  const next = sequence(kind, dimension, key)
  const total = boundary.reduce((sum, piece) => sum + piece.size, 0)
  const x = new Float64Array(count * dimension)
  const normal = new Float64Array(count * dimension)
  let n = 0
  for (let tries = 0; n < count; tries++) {
    if (tries > MAX_DRAWS * (n + 1)) throw empty(shape, 'on the boundary')
    const [first = 0, ...rest] = next()
    // The first number chooses the piece, and its remainder the place along it.
    let left = first * total
    const piece = boundary.find((p) => (left < p.size ? true : ((left -= p.size), false))) ?? boundary.at(-1)!
    const at = piece.at(dimension === 1 ? [] : [left / piece.size, ...rest.slice(0, dimension - 2)])
    if (!piece.keeps(at.x)) continue
    x.set(at.x, n * dimension)
    normal.set(at.normal, n++ * dimension)
  }
  return { x, normal }
}

/** The area of a shape (its volume in space): the fraction of a Sobol sequence in its box that is inside. */
export function measureOf(shape: Geometry, samples = 2 ** 14): number {
  const { dimension, bounds } = shape
  const next = sequence('sobol', dimension, 0)
  let hits = 0
  for (let i = 0; i < samples; i++)
    if (shape.inside(next().map((s, a) => bounds[a]![0] + (bounds[a]![1] - bounds[a]![0]) * s))) hits++
  return (bounds.reduce((v, [low, high]) => v * (high - low), 1) * hits) / samples
}

/** The length of a shape's boundary (its area in space), over a Sobol sequence. */
export function boundaryMeasureOf(shape: Geometry, samples = 2 ** 12): number {
  return shape.boundary.reduce((sum, piece) => {
    const next = sequence('sobol', Math.max(1, shape.dimension - 1), 0)
    let hits = 0
    for (let i = 0; i < samples; i++) if (piece.keeps(piece.at(next()).x)) hits++
    return sum + (piece.size * hits) / samples
  }, 0)
}

const empty = (shape: Geometry, where: string): SpikewardError =>
  new SpikewardError(
    'INVALID_OPTION',
    `found no more points ${where} of the ${shape.name}: it is almost empty compared with its bounds; check its parts`,
  )
