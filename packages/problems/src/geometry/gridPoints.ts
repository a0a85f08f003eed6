import { type Domain, type Shape, SpikewardError, sizeOf } from '@spikeward/core'
import { checkArraySize } from '../checks.js'

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
  checkArraySize(`the coordinates of ${shape.join(' × ')} points`, count * axes, 'sensors or points along each axis')
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

/** Equally spaced nodes, both ends included: xᵢ = low + (high − low) i/(count − 1). */
export type Line = { readonly low: number; readonly high: number; readonly count: number }

/**
 * The nodes of a line.
 *
 * @throws INVALID_OPTION above 2²⁷ nodes
 */
export function nodesOf({ low, high, count }: Line): Float64Array {
  checkArraySize('the nodes of a line', count, 'sensors, points, cells or times')
  // Weighted ends are exact at both ends.
  return Float64Array.from({ length: count }, (_, i) => (low * (count - 1 - i) + high * i) / (count - 1))
}

/** The distance between neighbours. */
export const stepOf = ({ low, high, count }: Line): number => (high - low) / (count - 1)

/**
 * A scattered, evenly spread set: the additive recurrence x⁽ᵏ⁾ = frac(½ + k·α), αⱼ = φ⁻ʲ, with φ the only root > 1 of
 * φ^(d+1) = φ + 1 (d = 1: the golden ratio; d = 2: 1.3247…). Deterministic: there is no key.
 *
 * @param domain [low, high] of each axis
 * @param count number of points
 * @returns a flat [count, axes] array
 * @see M. Roberts, "The unreasonable effectiveness of quasirandom sequences" (2018): the R_d sequence
 */
export function scatteredPoints(domain: Domain, count: number): Float64Array {
  const axes = domain.length
  let phi = 2
  for (let i = 0; i < 60; i++) phi = (1 + phi) ** (1 / (axes + 1))
  const x = new Float64Array(count * axes)
  for (let k = 0; k < count; k++) {
    for (let a = 0; a < axes; a++) {
      const [low, high] = domain[a]!
      x[k * axes + a] = low + (high - low) * ((0.5 + (k + 1) * phi ** -(a + 1)) % 1)
    }
  }
  return x
}
