import type { PinnProblem, RegressionProblem } from '@spikeward/core'

/** Coordinates of a file may be rounded: how far outside a point may be, as a share of the interval. */
const ROUNDED = 1e-6

type Place = Pick<RegressionProblem, 'name' | 'domain'> & Pick<PinnProblem, 'inside'>

const rounded = (x: number): number => Number(x.toPrecision(6))

/** A point and its neighbours at a distance of rounding, each axis lower, equal or higher. */
function around(x: readonly number[], domain: Place['domain']): readonly (readonly number[])[] {
  return x.reduce<readonly (readonly number[])[]>(
    (all, v, a) => {
      const [low, high] = domain[a]!
      const step = ROUNDED * (high - low)
      return all.flatMap((start) => [0, -step, step].map((by) => [...start, v + by]))
    },
    [[]],
  )
}

/**
 * Which points of a prediction are outside of what the run learned: outside the intervals of the axes, or of the shape
 * of an equation, such as in a hole. Points on the boundary, up to rounding, are inside.
 *
 * @param x flat [n, axes]
 * @returns their numbers, from 0
 */
export function pointsOutside({ domain, inside }: Place, x: Float64Array): readonly number[] {
  const axes = domain.length
  const isIn = inside ?? ((at) => domain.every(([low, high], a) => at[a]! >= low && at[a]! <= high))
  return Array.from({ length: x.length / axes }, (_, p) => p).filter((p) => {
    const at = [...x.subarray(p * axes, (p + 1) * axes)]
    return !isIn(at) && !around(at, domain).some(isIn)
  })
}

/**
 * The note about them; null if there are none.
 *
 * @param names of the axes
 * @param measured whether the domain is no more than the range of the user's rows: values outside are given, and may be
 *   far off
 */
export function outsideNote(
  place: Place,
  x: Float64Array,
  outside: readonly number[],
  names: readonly string[],
  measured: boolean,
): string | null {
  const [first] = outside
  if (first === undefined) return null
  const { name, domain, inside } = place
  const axes = domain.length
  const isBeyond = ([low, high]: readonly [number, number], a: number): boolean =>
    outside.some((p) => x[p * axes + a]! < low || x[p * axes + a]! > high)
  // Of the columns of a table those that have values outside.
  const shown = measured ? names.filter((_, a) => isBeyond(domain[a]!, a)) : names
  const textOf = (value: (a: number) => string): string =>
    names.flatMap((name, a) => (shown.includes(name) ? `${name} ${value(a)}` : [])).join(', ')
  const where = textOf((a) => `in [${domain[a]!.map(rounded).join(', ')}]`)
  const at = textOf((a) => `= ${rounded(x[first * axes + a]!)}`)
  const of = measured ? `range of the rows of ${name}` : `domain of ${name}`
  const means = measured
    ? 'the run learned from no rows there, so their values are a guess'
    : 'the run learned nothing there, so their values are left empty (NaN in .npy, null in .json); train on a larger domain to have them'
  return (
    `note: ${outside.length} of ${x.length / axes} points are outside the ${of}, ${where}${inside === undefined ? '' : ' inside its boundary and outside its holes'}, ` +
    `the first of them (${at}) in row ${first + 1}: ${means} [OUTSIDE_DOMAIN]\n`
  )
}
