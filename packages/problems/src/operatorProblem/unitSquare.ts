import { type Condition, type Coords, type HostCoords, type Sensors, add, sub, tensor } from '@spikeward/core'
import { nodesOf, type Line } from '../geometry/gridPoints.js'
import { region } from '../geometry/region.js'
import type { GeneratedProblem, SplitOptions } from './generatedProblem.js'
import { sensorsOn } from '../geometry/sensors.js'

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

/** The same coordinates, one period further along x. */
function shifted(c: Coords): Coords {
  if (c.kind === 'grid') return { kind: 'grid', axes: [add(c.axes[0]!, 1), ...c.axes.slice(1)] }
  return { kind: 'points', x: add(c.x, tensor(Float32Array.of(1, 0))) }
}

/** u and u_x have equal values at x = 0 and x = 1, for functions of x and t on the unit square. */
export const periodicInX = (): readonly Condition<unknown>[] => [
  {
    name: 'u(0, t) = u(1, t)',
    region: region(unitBox, [0, null]),
    residual: (u, _, c) => sub(u.at(c), u.at(shifted(c))),
  },
  {
    name: 'u_x(0, t) = u_x(1, t)',
    region: region(unitBox, [0, null]),
    residual: (u, _, c) => sub(u.d(c, 0), u.d(shifted(c), 0)),
  },
]
