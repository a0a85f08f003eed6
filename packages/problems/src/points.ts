import { SpikewardError, sizeOf } from '@spikeward/core'
import type { PointSet, Shape } from '@spikeward/core'

/** [low, high] of each input axis. */
export type Domain = readonly (readonly [number, number])[]

/** How many points a grid has along each axis, and where they sit. */
export type GridPlacement = 'ends' | 'centres'

/**
 * Points of a regular grid, row-major (the last axis runs fastest), as a flat [count, axes] array.
 *
 * `ends`: xᵢ = a + (b − a)·i/(n − 1), the ends of the interval included (n ≥ 2).
 * `centres`: xᵢ = a + (b − a)·(2i + 1)/(2n), the middle of each of n equal cells.
 *
 * @param domain [low, high] of each axis
 * @param shape points along each axis
 * @throws INVALID_OPTION where an axis has too few points, or shape and domain differ in length
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
  const x = new Float64Array(count * axes)
  for (let p = 0; p < count; p++) {
    let rest = p
    for (let a = axes - 1; a >= 0; a--) {
      const n = shape[a]!
      const i = rest % n
      rest = (rest - i) / n
      const [low, high] = domain[a]!
      // Weighted ends: exact at both of them, and symmetric intervals give symmetric points.
      x[p * axes + a] =
        placement === 'ends'
          ? (low * (n - 1 - i) + high * i) / (n - 1)
          : (low * (2 * (n - i) - 1) + high * (2 * i + 1)) / (2 * n)
    }
  }
  return x
}

/**
 * A scattered, evenly spread set: the additive recurrence x⁽ᵏ⁾ = frac(½ + k·α), αⱼ = φ⁻ʲ, with φ the one root > 1 of
 * φ^(d+1) = φ + 1 (d = 1: the golden ratio; d = 2: 1.3247…). No key, no chance: always the same points.
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

/** Pairs points with the target's values at them. `outputs` is the length of what `target` gives. */
export function pointSet(
  x: Float64Array,
  inputs: number,
  outputs: number,
  target: (x: readonly number[]) => number[],
  grid: Shape | null,
): PointSet {
  const count = x.length / inputs
  const y = new Float64Array(count * outputs)
  for (let p = 0; p < count; p++) y.set(target([...x.subarray(p * inputs, (p + 1) * inputs)]), p * outputs)
  return { x, y, count, grid }
}

/**
 * Throws SPLITS_OVERLAP where a point stands in two of the sets: an error on such a test point would measure memory,
 * not learning. Points are compared as they will be used, rounded to f32.
 */
export function assertDisjoint(inputs: number, sets: { readonly [name: string]: PointSet }): void {
  const seen = new Map<string, string>()
  for (const [name, set] of Object.entries(sets)) {
    const rounded = Float32Array.from(set.x)
    for (let p = 0; p < set.count; p++) {
      // + 0 turns −0 into 0.
      const id = Array.from(rounded.subarray(p * inputs, (p + 1) * inputs), (v) => v + 0).join(',')
      const other = seen.get(id)
      if (other !== undefined && other !== name) {
        throw new SpikewardError(
          'SPLITS_OVERLAP',
          `the point (${id}) stands in the ${other} set and in the ${name} set; an error measured there says nothing; ` +
            'choose grid sizes that share no point (an even number of training points an axis never does)',
        )
      }
      seen.set(id, name)
    }
  }
}
