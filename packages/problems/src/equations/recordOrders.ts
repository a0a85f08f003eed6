import { type Coords, type DerivativeOrder, type Field, zeros } from '@spikeward/core'

/**
 * The highest derivative along each axis that a residual reads: it runs once on a field of zeros.
 *
 * @param at one point
 */
export function recordOrders(
  residual: (u: Field) => unknown,
  at: Coords,
  axes: number,
  outputs: number,
): (0 | DerivativeOrder)[] {
  const most = new Array<number>(axes).fill(0)
  const field = (c: Coords) =>
    zeros([1, ...(c.kind === 'points' ? [c.x.shape[0]!] : []), ...(outputs === 1 ? [] : [outputs])])
  residual({
    at: field,
    d(c, axis, order = 1) {
      most[axis] = Math.max(most[axis]!, order)
      return field(c)
    },
    mixed(c, orders) {
      orders.forEach((k, axis) => (most[axis] = Math.max(most[axis]!, k)))
      return field(c)
    },
  })
  return most as (0 | DerivativeOrder)[]
}
