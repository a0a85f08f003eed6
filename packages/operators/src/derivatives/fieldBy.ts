import { SpikewardError } from '@spikeward/core'
import type { CoordinateDependence, Coords, DerivativeOrder, Field, Tensor, WeightedDirection } from '@spikeward/core'

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

/** Throws SURROGATE_NOT_SMOOTH if training cannot differentiate a derivative of this order once more. */
export function checkSmoothness(order: number, { spikes, smoothness }: CoordinateDependence): void {
  if (smoothness >= order - 1) return
  const what = spikes ? "the surrogate's slope" : "the network's first derivative in the coordinates"
  const state = smoothness < 0 ? 'jumps' : `has ${smoothness} continuous derivatives`
  throw new SpikewardError(
    'SURROGATE_NOT_SMOOTH',
    `a derivative of order ${order} in the coordinates: ${what} ${state}, and a gradient of a residual of that order needs ` +
      `at least ${order - 1}, because otherwise some of its terms are silently zero; use a smoother surrogate (atan, gaussian), a smooth ` +
      'trunk, steinDerivatives() or stencilDerivatives()',
  )
}

/** Throws INVALID_AXIS if the coordinates do not have this axis. */
export function checkAxis(c: Coords, axis: number): void {
  const axes = axesOf(c)
  if (!Number.isInteger(axis) || axis < 0 || axis >= axes) {
    throw new SpikewardError(
      'INVALID_AXIS',
      `a derivative along axis ${axis}; the coordinates have axes 0 to ${axes - 1}; choose one of them`,
    )
  }
}

/** The number of axes of coordinates. */
const axesOf = (c: Coords): number => (c.kind === 'points' ? c.x.shape[1]! : c.axes.length)
