import { reshape, slice } from '@spikeward/core'
import type { Coords, Tensor } from '@spikeward/core'

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
