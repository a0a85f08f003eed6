import type { HostCoords, Sensors } from '@spikeward/core'
import { nodesOf, type Line } from '../geometry/line.js'
import type { GeneratedProblem, SplitOptions } from './generatedProblem.js'
import { sensorsOn } from '../geometry/sensorsOn.js'

/** [0, 1] with `count` nodes, ends included. */
export const unit = (count: number): Line => ({ low: 0, high: 1, count })

/** x and t from 0 to 1. */
export const unitBox = [
  [0, 1],
  [0, 1],
] as const

/** The common fields of operators on the unit square that map a function of x to a function of x and t. */
type UnitSquare = Pick<GeneratedProblem, 'name' | 'axes' | 'domain' | 'sensors' | 'at' | 'sizes' | 'key'>

/**
 * The common fields of an operator on [0, 1]² in x and t: equally spaced sensors of a function of x, solutions on a
 * grid of `points` × `points`.
 */
export function unitSquare(
  name: string,
  { sensors, points }: { readonly sensors: number; readonly points: number },
  { key, train, validation, test }: Required<SplitOptions>,
): UnitSquare {
  const axis = nodesOf(unit(points))
  const at: HostCoords = { kind: 'grid', axes: [axis, axis] }
  const line: Sensors = sensorsOn(unit(sensors))
  return { name, axes: ['x', 't'], domain: unitBox, sensors: line, at, sizes: { train, validation, test }, key }
}
