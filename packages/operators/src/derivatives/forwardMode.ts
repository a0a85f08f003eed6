import { broadcastTo, cast, equal, iota, jvp, onesLike } from '@spikeward/core'
import type { Coords, Tensor } from '@spikeward/core'
import { checkAxis } from './checkDerivative.js'

/**
 * ∂ᵏu/∂xₐᵏ by forward mode, nested for order 2. The tangent is 1 along the axis: in one column of x at points, in the vector of
 * that axis on a grid. A separable network then pushes it through one trunk of scalar inputs only.
 */
export function forwardMode(u: (c: Coords) => Tensor, c: Coords, axis: number, order: 1 | 2): Tensor {
  checkAxis(c, axis)
  const moved = c.kind === 'points' ? c.x : c.axes[axis]!
  const tangent =
    c.kind === 'points'
      ? broadcastTo(cast(equal(iota([c.x.shape[1]!], 0, 'i32'), axis), c.x.dtype), c.x.shape)
      : onesLike(moved)
  const along = (x: Tensor): Tensor =>
    u(c.kind === 'points' ? { kind: 'points', x } : { kind: 'grid', axes: c.axes.map((t, a) => (a === axis ? x : t)) })
  const slope = (x: Tensor): Tensor => jvp(along, [x], [tangent])[1]
  return order === 1 ? slope(moved) : jvp(slope, [moved], [tangent])[1]
}
