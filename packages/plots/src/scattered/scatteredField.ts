import type { GridField } from '../fieldImage.js'
import { type Triangle, triangulate } from './triangulate.js'

/** A domain in the plane. */
export type Outline = {
  /** Whether a point is in the domain. */
  inside(point: readonly [number, number]): boolean
  /** Lines along its boundary; a line of one point is a point of the boundary. */
  readonly boundary: readonly (readonly (readonly [number, number])[])[]
}

/** Pixels along each side of a field. */
const PIXELS = 200

/** Values at the points as a field. */
export type FieldOf = (values: ArrayLike<number>) => GridField

/**
 * Fields from values at points of a plane: linear in each Delaunay triangle, and the value of the nearest point in the
 * part of a shape that no triangle covers, such as the rim of a disc. Outside of the shape, or without one outside of
 * all triangles, nothing is drawn.
 *
 * @param points [n, 2], flat
 * @param shape null: the points alone define the domain
 * @returns null if all points are on a line
 */
export function scatteredField(points: ArrayLike<number>, shape: Outline | null): FieldOf | null {
  const all = triangulate(points)
  if (all.length === 0) return null
  const domain = domainOf(points, shape)
  const centre = (axis: 0 | 1, pixel: number): number =>
    domain[axis][0] + ((domain[axis][1] - domain[axis][0]) * (pixel + 0.5)) / PIXELS
  const shown = (at: readonly [number, number]): boolean => shape === null || shape.inside(at)
  const triangles = all.filter((t) => shown([0, 1].map((axis) => meanOf(points, t, axis)) as [number, number]))
  // Each pixel has three points and their weights; a pixel without points is outside.
  const corners = new Int32Array(3 * PIXELS * PIXELS).fill(-1)
  const weights = new Float64Array(3 * PIXELS * PIXELS)
  for (const triangle of triangles) fill(points, triangle, domain, centre, corners, weights)
  const outside = new Uint8Array(PIXELS * PIXELS)
  for (let i = 0; i < PIXELS; i++)
    for (let j = 0; j < PIXELS; j++) {
      const [pixel, at] = [i * PIXELS + j, [centre(0, i), centre(1, j)] as const]
      if (!shown(at)) outside[pixel] = 1
      else if (corners[3 * pixel]! < 0) {
        if (shape === null) outside[pixel] = 1
        else {
          corners.fill(nearest(points, at), 3 * pixel, 3 * pixel + 3)
          weights[3 * pixel] = 1
        }
      }
    }
  return (values) => ({
    shape: [PIXELS, PIXELS],
    domain,
    outside,
    values: Float64Array.from({ length: PIXELS * PIXELS }, (_, pixel) => {
      if (outside[pixel] === 1) return 0
      let sum = 0
      for (let k = 3 * pixel; k < 3 * pixel + 3; k++) if (weights[k] !== 0) sum += weights[k]! * values[corners[k]!]!
      return sum
    }),
  })
}

type Domain = readonly [readonly [number, number], readonly [number, number]]

/** The box around the points and the boundary of the shape. */
function domainOf(points: ArrayLike<number>, shape: Outline | null): Domain {
  const box = [
    [Infinity, -Infinity],
    [Infinity, -Infinity],
  ] as [[number, number], [number, number]]
  const widen = (axis: 0 | 1, v: number): void => {
    box[axis] = [Math.min(box[axis][0], v), Math.max(box[axis][1], v)]
  }
  for (let i = 0; i < points.length; i++) widen((i % 2) as 0 | 1, points[i]!)
  for (const line of shape?.boundary ?? [])
    for (const [x, y] of line) {
      widen(0, x)
      widen(1, y)
    }
  return box
}

const meanOf = (points: ArrayLike<number>, triangle: Triangle, axis: number): number =>
  triangle.reduce((sum, i) => sum + points[2 * i + axis]!, 0) / 3

/** Sets corners and weights of the pixels whose centres are in a triangle. */
function fill(
  points: ArrayLike<number>,
  triangle: Triangle,
  domain: Domain,
  centre: (axis: 0 | 1, pixel: number) => number,
  corners: Int32Array,
  weights: Float64Array,
): void {
  const [[ax, ay], [bx, by], [cx, cy]] = triangle.map((i) => [points[2 * i]!, points[2 * i + 1]!]) as [
    [number, number],
    [number, number],
    [number, number],
  ]
  const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
  const range = (axis: 0 | 1, ...at: readonly number[]): [number, number] => {
    const [low, high] = domain[axis]
    const pixelOf = (v: number): number => (PIXELS * (v - low)) / (high - low)
    return [
      Math.max(0, Math.floor(pixelOf(Math.min(...at)))),
      Math.min(PIXELS - 1, Math.ceil(pixelOf(Math.max(...at)))),
    ]
  }
  const [left, right] = range(0, ax, bx, cx)
  const [low, high] = range(1, ay, by, cy)
  for (let i = left; i <= right; i++)
    for (let j = low; j <= high; j++) {
      const [x, y] = [centre(0, i), centre(1, j)]
      const b = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / area
      const c = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / area
      if (!(b >= 0 && c >= 0 && b + c <= 1)) continue
      corners.set(triangle, 3 * (i * PIXELS + j))
      weights.set([1 - b - c, b, c], 3 * (i * PIXELS + j))
    }
}

/** The index of the point that is nearest. */
function nearest(points: ArrayLike<number>, [x, y]: readonly [number, number]): number {
  let [best, least] = [0, Infinity]
  for (let i = 0; 2 * i < points.length; i++) {
    const distance = (points[2 * i]! - x) ** 2 + (points[2 * i + 1]! - y) ** 2
    if (distance < least) [best, least] = [i, distance]
  }
  return best
}
