import { SpikewardError } from '@spikeward/core'
import type { CoordinateDependence, Coords } from '@spikeward/core'

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
export const axesOf = (c: Coords): number => (c.kind === 'points' ? c.x.shape[1]! : c.axes.length)
