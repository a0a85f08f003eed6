import { held } from '../checks/held.js'

/** Equally spaced nodes, both ends included: xᵢ = low + (high − low) i/(count − 1). */
export type Line = { readonly low: number; readonly high: number; readonly count: number }

/**
 * The nodes of a line.
 *
 * @throws INVALID_OPTION above 2²⁷ nodes
 */
export function nodesOf({ low, high, count }: Line): Float64Array {
  held('the nodes of a line', count, 'sensors, points, cells or times')
  // Weighted ends are exact at both ends.
  return Float64Array.from({ length: count }, (_, i) => (low * (count - 1 - i) + high * i) / (count - 1))
}

/** The distance between neighbours. */
export const stepOf = ({ low, high, count }: Line): number => (high - low) / (count - 1)
