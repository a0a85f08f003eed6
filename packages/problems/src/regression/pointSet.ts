import { type PointSet, type RegressionProblem, type Shape, SpikewardError } from '@spikeward/core'
import { type Split, checkSplit } from '../checks.js'

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
 * The `points` of a problem that makes each set once, when it is first asked for: a reference solution may take
 * seconds.
 *
 * @param name of the problem, for errors
 */
export function pointsOnRequest(name: string, make: (split: Split) => PointSet): RegressionProblem['points'] {
  const known = new Map<Split, PointSet>()
  return (split) => {
    checkSplit(name, 'points', split)
    const points = known.get(split) ?? make(split)
    known.set(split, points)
    return points
  }
}

/**
 * Throws SPLITS_OVERLAP if a point is in two of the sets: an error on such a test point would measure memory, not
 * learning. Points are compared in f32, the precision in which networks read them.
 */
export function assertDisjoint(inputs: number, sets: { readonly [name: string]: Pick<PointSet, 'x'> }): void {
  const seen = new Map<string, string>()
  // The points of the largest set are looked up and not stored: a Map holds no more than 2²⁴.
  const bySize = Object.entries(sets).sort(([, a], [, b]) => a.x.length - b.x.length)
  for (const [i, [name, set]] of bySize.entries()) {
    // + 0 turns −0 into 0.
    const rounded = Float32Array.from(set.x, (v) => v + 0)
    // Two characters a coordinate: to print the numbers takes several times as long as the rest.
    const halves = new Uint16Array(rounded.buffer)
    for (let p = 0; p < rounded.length / inputs; p++) {
      const id = String.fromCharCode(...halves.subarray(2 * p * inputs, 2 * (p + 1) * inputs))
      const other = seen.get(id)
      if (other !== undefined && other !== name) {
        const point = rounded.subarray(p * inputs, (p + 1) * inputs).join(',')
        throw new SpikewardError(
          'SPLITS_OVERLAP',
          `the point (${point}) is in the ${other} set and in the ${name} set; an error measured there is meaningless; ` +
            'choose grid sizes that share no point (an even number of training points an axis never does)',
        )
      }
      if (i < bySize.length - 1) seen.set(id, name)
    }
  }
}
