import { type Coords, type Tensor, add, cast, equal, expandDims, iota, mul, reshape } from '@spikeward/core'
import { checkAxis } from './fieldBy.js'

/** Values at shifted coordinates: `values` is the field with one more axis, for the shifts, before `place`. */
export type Shifted = {
  readonly values: Tensor
  /** Axis of the field that belongs to the coordinate. */
  readonly place: number
  /** Reshapes [S, n] to broadcast against `values`. */
  spread(weights: Tensor): Tensor
}

/**
 * Evaluates u at S shifted copies of the coordinates in one call: copy s adds shifts[s, i] to coordinate `axis` of
 * point (or grid line) i. On a grid, a separable network evaluates more coordinates on one axis only.
 *
 * @param shifts [S, n], n points or nₐ grid coordinates
 */
export function shifted(u: (c: Coords) => Tensor, c: Coords, axis: number, shifts: Tensor): Shifted {
  checkAxis(c, axis)
  const [s, n] = shifts.shape as [number, number]
  const place = c.kind === 'points' ? 1 : 1 + axis
  let at: Coords
  if (c.kind === 'points') {
    const d = c.x.shape[1]!
    const column = cast(equal(iota([d], 0, 'i32'), axis), c.x.dtype)
    at = { kind: 'points', x: reshape(add(c.x, mul(expandDims(shifts, 2), column)), [s * n, d]) }
  } else {
    const moved = reshape(add(c.axes[axis]!, shifts), [s * n])
    at = { kind: 'grid', axes: c.axes.map((t, a) => (a === axis ? moved : t)) }
  }
  const all = u(at)
  const values = reshape(all, [...all.shape.slice(0, place), s, n, ...all.shape.slice(place + 1)])
  return {
    values,
    place,
    spread: (w) =>
      reshape(
        w,
        values.shape.map((_, a) => (a === place ? w.shape[0]! : a === place + 1 ? w.shape[1]! : 1)),
      ),
  }
}
