import { SpikewardError, sizeOf } from '@spikeward/core'
import type { Domain, Shape } from '@spikeward/core'
import { held } from '../checks/held.js'

/** The placement of grid points: on the ends of each axis and between them, or at the centres of equal cells. */
export type GridPlacement = 'ends' | 'centres'

/**
 * Points of a regular grid, row-major (the last axis runs fastest), as a flat [count, axes] array.
 *
 * `ends`: xᵢ = a + (b − a)·i/(n − 1), the ends of the interval included (n ≥ 2).
 * `centres`: xᵢ = a + (b − a)·(2i + 1)/(2n), the middle of each of n equal cells.
 *
 * @param domain [low, high] of each axis
 * @param shape points along each axis
 * @throws INVALID_OPTION if an axis has too few points, or if shape and domain differ in length; above 2²⁷ coordinates
 */
export function gridPoints(domain: Domain, shape: Shape, placement: GridPlacement): Float64Array {
  const least = placement === 'ends' ? 2 : 1
  if (shape.length !== domain.length || shape.some((n) => !Number.isInteger(n) || n < least)) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `a grid of [${shape.join(', ')}] points on ${domain.length} axes; each axis needs a whole number of at least ${least} points`,
    )
  }
  const axes = shape.length
  const count = sizeOf(shape)
  held(`the coordinates of ${shape.join(' × ')} points`, count * axes, 'sensors or points along each axis')
  const x = new Float64Array(count * axes)
  for (let p = 0; p < count; p++) {
    let rest = p
    for (let a = axes - 1; a >= 0; a--) {
      const n = shape[a]!
      const i = rest % n
      rest = (rest - i) / n
      const [low, high] = domain[a]!
      // Weighted ends are exact at both ends, and give symmetric points on symmetric intervals.
      x[p * axes + a] =
        placement === 'ends'
          ? (low * (n - 1 - i) + high * i) / (n - 1)
          : (low * (2 * (n - i) - 1) + high * (2 * i + 1)) / (2 * n)
    }
  }
  return x
}
