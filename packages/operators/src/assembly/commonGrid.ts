import { type HostCoords, type OperatorProblem, SpikewardError } from '@spikeward/core'
import { placesOf } from '../grids/nodePlaces.js'

/**
 * The coordinates of the sensors of one input function, if all input functions have the same; else null. Of several
 * functions the first coordinate of a sensor is the number of its function.
 */
function sharedSensors({ x, axes, functions }: OperatorProblem['sensors']): Float64Array | null {
  if (functions === undefined) return x
  const own = x.filter((_, i) => i % axes !== 0)
  const [{ count } = { count: 0 }] = functions
  const width = count * (axes - 1)
  const same = functions.every(
    (f, i) => f.count === count && coincide(own.subarray(i * width, (i + 1) * width), own.subarray(0, width)),
  )
  return same ? own.slice(0, width) : null
}

const coincide = (x: Float64Array, y: Float64Array): boolean =>
  x.length === y.length && x.every((v, i) => Math.abs(v - y[i]!) < 1e-9)

/**
 * The numbers of points along the axes of the grid that solutions of a problem share with the sensors of each input
 * function.
 *
 * @param extra columns that the treatment of the amplitude adds to the sensors
 * @throws SHAPE_MISMATCH if they do not form one grid, with the reason
 */
export function commonGrid(
  { name, sensors, at }: Pick<OperatorProblem, 'name' | 'sensors' | 'at'>,
  extra: 0 | 1,
): readonly number[] {
  const refuse = (why: string): SpikewardError =>
    new SpikewardError(
      'SHAPE_MISMATCH',
      `'${name}' ${why}; this network maps functions on a grid to functions on the same grid; take a problem with such a grid, or another network, such as deeponet`,
    )
  if (extra === 1)
    throw refuse(
      'adds the amplitude to the sensor values, a number off the grid (the treatments divide and none do not)',
    )
  const shared = sharedSensors(sensors)
  if (shared === null) throw refuse('has several input functions on different sensors')
  if (at.kind === 'points') throw refuse('gives its solutions at scattered points')
  const lengths = at.axes.map((x) => x.length)
  if (!coincide(shared, placesOf(at).x))
    throw refuse(
      `has ${sensors.grid?.join(' × ') ?? sensors.count} sensors, and solutions on another grid of ${lengths.join(' × ')} points`,
    )
  return lengths
}

/**
 * The numbers of sensors along the axes of their grid.
 *
 * @param extra as in {@link commonGrid}
 * @throws SHAPE_MISMATCH if the sensors form no grid, with the reason
 */
export function gridOfSensors(
  { name, sensors }: Pick<OperatorProblem, 'name' | 'sensors'>,
  extra: 0 | 1,
): readonly number[] {
  if (sensors.grid !== null && extra === 0 && sensors.functions === undefined) return sensors.grid
  throw new SpikewardError(
    'SHAPE_MISMATCH',
    `'${name}' gives a branch ${sensors.count + extra} numbers that form no grid; convolutions need sensors of one function on a grid, and no amplitude beside them (the treatments divide and none); take deeponet`,
  )
}

/**
 * The points that sensors and solutions of a problem share, a grid or scattered ones.
 *
 * @param extra as in {@link commonGrid}
 * @throws SHAPE_MISMATCH as {@link commonGrid}, unless both are the same scattered points
 */
export function commonNodes(problem: Pick<OperatorProblem, 'name' | 'sensors' | 'at'>, extra: 0 | 1): HostCoords {
  const { sensors, at } = problem
  const shared = extra === 0 ? sharedSensors(sensors) : null
  if (at.kind === 'points' && shared !== null && coincide(shared, at.x)) return at
  commonGrid(problem, extra)
  return at
}

/**
 * Whether the functions of a problem are periodic along each axis of their grid: its points are equally spaced, begin
 * with the domain, and would end with it one step after the last, whose values are those of the first. False for every
 * axis of scattered points.
 */
export function periodicAxes({ at, domain }: Pick<OperatorProblem, 'at' | 'domain'>): readonly boolean[] {
  if (at.kind === 'points') return domain.map(() => false)
  return at.axes.map((x, a) => {
    const [low, high] = domain[a]!
    const step = (high - low) / x.length
    return x.every((v, i) => Math.abs(v - low - i * step) < 1e-9 * (high - low))
  })
}
