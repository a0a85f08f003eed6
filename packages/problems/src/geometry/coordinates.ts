import { type Coords, type HostCoords, type Tensor, reshape, slice } from '@spikeward/core'

/** The number of points of coordinates. */
export const countOf = (at: HostCoords): number =>
  at.kind === 'points' ? at.x.length / at.axes : at.axes.reduce((n, axis) => n * axis.length, 1)

/** Coordinates as a list of points: x is a flat [P, axes], row-major; on a grid the last axis runs fastest. */
export function pointsOf(at: HostCoords): { readonly x: Float64Array; readonly axes: number } {
  if (at.kind === 'points') return at
  const axes = at.axes.length
  const count = countOf(at)
  const x = new Float64Array(count * axes)
  for (let p = 0; p < count; p++) {
    let rest = p
    for (let a = axes - 1; a >= 0; a--) {
      const axis = at.axes[a]!
      x[p * axes + a] = axis[rest % axis.length]!
      rest = Math.floor(rest / axis.length)
    }
  }
  return { x, axes }
}

/** The number of axes of coordinates. */
export const axisCount = (c: Coords): number => (c.kind === 'points' ? c.x.shape[1]! : c.axes.length)

/** Values along one axis, [..., n], reshaped to broadcast against a field at `c`. */
export function alignToAxis(v: Tensor, c: Coords, axis: number): Tensor {
  if (c.kind === 'points') return v
  return reshape(v, [...v.shape, ...new Array<number>(axisCount(c) - 1 - axis).fill(1)])
}

/** One coordinate as a flat tensor: [P] at points, [nₐ] on a grid. */
export function flatCoordinate(c: Coords, axis: number): Tensor {
  if (c.kind === 'grid') return c.axes[axis]!
  const n = c.x.shape[0]!
  return reshape(slice(c.x, [0, axis], [n, axis + 1]), [n])
}

/** The coordinate xₐ at every point, in a shape that broadcasts against a field at `c`. */
export const axisCoordinate = (c: Coords, axis: number): Tensor => alignToAxis(flatCoordinate(c, axis), c, axis)
