import { type Domain, SpikewardError } from '@spikeward/core'

/**
 * The only coordinate that a condition fixes.
 *
 * @param what the condition, such as `an interface`
 * @throws INVALID_OPTION unless there is exactly one
 */
export function fixedCoordinate(
  what: string,
  at: Readonly<Record<string, number>>,
): readonly [axis: string, value: number] {
  const [first, ...more] = Object.entries(at)
  if (first !== undefined && more.length === 0) return first
  throw new SpikewardError(
    'INVALID_OPTION',
    first === undefined
      ? `${what} at no coordinate; give one of them a value, or a shape where that is taken`
      : `${what} that fixes ${Object.keys(at).join(' and ')}; fix one coordinate, or give a shape where that is taken`,
  )
}

/**
 * The index of the axis that a condition fixes at a value.
 *
 * @throws INVALID_OPTION if there is no such axis, or if the value lies outside of it
 */
export function indexOfFixed(axes: readonly string[], domain: Domain, axis: string, value: number): number {
  const index = axes.indexOf(axis)
  const [low, high] = domain[index] ?? [0, 0]
  if (index >= 0 && value >= low && value <= high) return index
  throw new SpikewardError(
    'INVALID_OPTION',
    index < 0
      ? `a condition at ${axis} = ${value}; the axes of the equation are ${axes.join(', ')}`
      : `a condition at ${axis} = ${value}; the equation is stated for ${axis} from ${low} to ${high}; choose a value there`,
  )
}
