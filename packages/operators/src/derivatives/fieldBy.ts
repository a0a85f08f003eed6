import { SpikewardError } from '@spikeward/core'
import type { Coords, DerivativeOrder, Field, Tensor, WeightedDirection } from '@spikeward/core'
import { axesOf } from './checkDerivative.js'

/**
 * The derivative of a function of the coordinates along one axis; `level` is the number of derivatives already applied.
 */
export type Derivative = (
  u: (c: Coords) => Tensor,
  c: Coords,
  axis: number,
  order: DerivativeOrder,
  level: number,
) => Tensor

/** The weighted sum of derivatives of a function of the coordinates along directions. */
export type Directional = (
  u: (c: Coords) => Tensor,
  c: Coords,
  directions: readonly WeightedDirection[],
  order: DerivativeOrder,
) => Tensor

/**
 * A field whose mixed derivatives are computed along one axis after another.
 *
 * @param check throws for a total order that the field does not have
 * @param directional sums of derivatives along directions; default: the field has none
 */
export function fieldBy(
  u: (c: Coords) => Tensor,
  derivative: Derivative,
  check: (order: number) => void,
  directional?: Directional,
): Field {
  const mixed = (c: Coords, orders: readonly number[]): Tensor => {
    const total = checkOrders(c, orders)
    check(total)
    const steps = orders.flatMap((k, axis) => (k === 0 ? [] : [{ axis, order: k as DerivativeOrder }]))
    const whole = steps.reduce<(c: Coords) => Tensor>(
      (inner, { axis, order }, level) =>
        (at) =>
          derivative(inner, at, axis, order, level),
      u,
    )
    return whole(c)
  }
  return {
    at: u,
    d(c, axis, order = 1) {
      check(order)
      return derivative(u, c, axis, order, 0)
    },
    mixed,
    ...(directional === undefined
      ? {}
      : {
          directional(c: Coords, directions: readonly WeightedDirection[], order: DerivativeOrder) {
            check(order)
            checkDirections(c, directions)
            return directional(u, c, directions, order)
          },
        }),
  }
}

/** Throws INVALID_OPTION for a direction without one number for each axis. */
function checkDirections(c: Coords, directions: readonly WeightedDirection[]): void {
  const axes = axesOf(c)
  const wrong = directions.find(({ along }) => along.length !== axes)
  if (wrong === undefined) return
  throw new SpikewardError(
    'INVALID_OPTION',
    `a derivative along the direction [${wrong.along.join(', ')}] at coordinates of ${axes} axes; give one number for each axis`,
  )
}

/** The total order of a mixed derivative. Throws INVALID_OPTION for one that is not from 1 to 4. */
function checkOrders(c: Coords, orders: readonly number[]): number {
  const axes = axesOf(c)
  const total = orders.reduce((a, b) => a + b, 0)
  const fits = orders.length === axes && orders.every((k) => Number.isInteger(k) && k >= 0) && total >= 1 && total <= 4
  if (fits) return total
  throw new SpikewardError(
    'INVALID_OPTION',
    `a mixed derivative of orders [${orders.join(', ')}] at coordinates of ${axes} axes; give an order from 0 to 4 for each axis, ` +
      'together from 1 to 4',
  )
}
