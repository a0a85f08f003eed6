import { key, ones, zeros } from '@spikeward/core'
import type { Coords, Field, PinnProblem } from '@spikeward/core'
import { usageError } from '../usage/usageError.js'

const POINTS = 64

/** u = 0 everywhere, in `outputs` components. */
function zeroField(outputs: number): Field {
  const at = (c: Coords) => {
    const points = c.kind === 'points' ? [c.x.shape[0]!] : c.axes.map((axis) => axis.size)
    return zeros([1, ...points, ...(outputs === 1 ? [] : [outputs])])
  }
  return { at, d: at, mixed: at }
}

/**
 * Refuses given values and exact solutions that are NaN or infinite somewhere, before a training whose loss or error they would spoil.
 * Conditions are linear, so that for u = 0 they are finite where their given values are; they are checked at some random points, and
 * exact solutions at all points of validation and test.
 *
 * @throws CLI_EQUATION for a condition, INVALID_OPTION for an exact solution
 */
export async function checkFinite(path: string, { physics, outputs, points, target }: PinnProblem): Promise<void> {
  const nothing = zeroField(outputs)
  const coefficients = Object.fromEntries(Object.keys(physics.unknown ?? {}).map((name) => [name, ones([])]))
  for (const { name, region, residual } of physics.conditions) {
    const found = await residual(nothing, null, region.points(key(0), POINTS), coefficients).data()
    const wrong = Array.from(found, Number).find((v) => !Number.isFinite(v))
    if (wrong === undefined) continue
    throw usageError(
      'CLI_EQUATION',
      `${path}: a given value of the condition ${name} is ${Number.isNaN(wrong) ? 'NaN' : 'infinite'} somewhere; give a formula that is finite there`,
    )
  }
  if (target !== undefined) for (const split of ['validation', 'test'] as const) points(split)
}
