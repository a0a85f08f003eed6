import { broadcastTo, cast, collapsedJet, equal, iota, jet, jvp, mul, onesLike, tensor } from '@spikeward/core'
import type { Coords, DerivativeOrder, FloatDType, Tensor, WeightedDirection } from '@spikeward/core'
import { type Derivative, checkAxis } from './fieldBy.js'

/**
 * ∂ᵏu/∂xₐᵏ by forward mode: nested jvps to order 2, Taylor mode above. The tangent is 1 along the axis: in one column
 * of x at points, in the vector of that axis on a grid. In a separable network it then passes through a single trunk of
 * scalar inputs.
 */
export const forwardMode: Derivative = (u, c, axis, order) => {
  checkAxis(c, axis)
  const moved = c.kind === 'points' ? c.x : c.axes[axis]!
  const tangent =
    c.kind === 'points'
      ? broadcastTo(cast(equal(iota([c.x.shape[1]!], 0, 'i32'), axis), c.x.dtype), c.x.shape)
      : onesLike(moved)
  const along = (x: Tensor): Tensor =>
    u(c.kind === 'points' ? { ...c, x } : { kind: 'grid', axes: c.axes.map((t, a) => (a === axis ? x : t)) })
  const slope = (x: Tensor): Tensor => jvp(along, [x], [tangent])[1]
  if (order === 1) return slope(moved)
  if (order === 2) return jvp(slope, [moved], [tangent])[1]
  return jet(along, [moved], [tangent], order)[order]!
}

/**
 * Σ_i w_i ∂ᵏu/∂v_iᵏ by collapsed Taylor mode: the directions share the value, and only the sum of their last
 * coefficients is carried.
 */
export function alongDirections(
  u: (c: Coords) => Tensor,
  c: Coords,
  directions: readonly WeightedDirection[],
  order: DerivativeOrder,
): Tensor {
  const moved = c.kind === 'points' ? [c.x] : c.axes
  const tangents = directions.map(({ along }) =>
    c.kind === 'points'
      ? [broadcastTo(tensor(along, { dtype: c.x.dtype as FloatDType }), c.x.shape)]
      : c.axes.map((x, a) => mul(onesLike(x), along[a]!)),
  )
  return collapsedJet(
    (...at: Tensor[]) => u(c.kind === 'points' ? { ...c, x: at[0]! } : { kind: 'grid', axes: at }),
    moved,
    tangents,
    order,
    { weights: directions.map(({ weight }) => weight) },
  )[1]
}
