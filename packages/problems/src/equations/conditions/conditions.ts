import { SpikewardError, add, arange, mul, randint, sub, take, tensor } from '@spikeward/core'
import type { Coords, Region, Tensor, TensorLike } from '@spikeward/core'
import { normalDerivative } from '../component.js'
import { fixedCoordinate } from './fixedCoordinate.js'
import type { At, Residual } from './place.js'
import { type BoundaryCell, type ConditionMaker, type Space, conditionOf } from '../spaces/space.js'

/** A given function of the coordinates, or a number. */
export type ConditionValue = number | ((at: At) => TensorLike)

/** Given functions by name of the component. */
export type ConditionValues = Readonly<Record<string, ConditionValue>>

/**
 * Parts of the boundary by name; absent: all of it. A box has faces such as `x = 0`. Of a shape, `x = 0`, `x < 0.5` and
 * `y > 1` select the points of the boundary for which that holds. The outline and the holes of a polygon and the groups
 * of a mesh have names as well.
 */
export type On = { readonly on?: readonly string[] }

const valueAt = (value: ConditionValue, at: At): TensorLike => (typeof value === 'function' ? value(at) : value)

/** The difference between `t` and a given value. */
const minus = (t: Tensor, value: ConditionValue, at: At): Tensor => (value === 0 ? t : sub(t, valueAt(value, at)))

function partsOf({ boundary, side, groups = [] }: Space, { on }: On, what: string): Space['boundary'] {
  if (boundary.length === 0) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `${what}: the shape has no boundary; add boundary points to the point cloud`,
    )
  }
  if (on === undefined) return boundary
  if (on.length === 0) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `${what} on no part of the boundary; name a part, or leave out 'on' for all of it`,
    )
  }
  return on.map((name) => {
    const part = boundary.find((b) => b.name === name) ?? side?.(name)
    if (part !== undefined) return part
    throw new SpikewardError(
      'INVALID_OPTION',
      side === undefined
        ? `${what} on '${name}'; the boundary has the parts ${boundary.map((b) => b.name).join(', ')}; name one of them`
        : `${what} on '${name}'; no point of the boundary of this shape is there; ${namedParts(groups)} a side by a coordinate, such as 'x = 0', 'x < 0.5' or 'y > 1'`,
    )
  })
}

const namedParts = (groups: readonly string[]): string =>
  groups.length === 0
    ? 'it has no parts with a name; name'
    : `it has the parts ${groups
        .slice(0, 20)
        .map((g) => `'${g}'`)
        .join(', ')}; name one of them, or`

const onBoundary =
  (
    what: string,
    values: Readonly<Record<string, unknown>>,
    on: On,
    residual: Residual,
    { fixes, text }: { readonly fixes: boolean; readonly text: (name: string) => string },
  ): ConditionMaker =>
  (space) => {
    const components = Object.keys(values)
    return partsOf(space, on, what).map((part) => ({
      ...conditionOf(
        space,
        `${components.map(text).join(', ')} on ${part.name}`,
        part.region,
        residual,
        fixes ? components : null,
      ),
      cells: part.cells,
      states: { kind: what, of: values },
    }))
  }

const shown = (value: ConditionValue): string => (typeof value === 'number' ? String(value) : 'g')

/**
 * u = g on the boundary, or on parts of it.
 *
 * @example dirichlet({ u: 0 })
 * @example dirichlet({ u: ({ y }) => sin(y) }, { on: ['x = 0'] })
 */
export const dirichlet = (values: ConditionValues, on: On = {}): ConditionMaker =>
  onBoundary(
    'a Dirichlet condition',
    values,
    on,
    (u, at) => Object.entries(values).map(([name, g]) => minus(u[name]!.value, g, at)),
    { fixes: true, text: (name) => `${name} = ${shown(values[name]!)}` },
  )

/** ∂u/∂n = g on the boundary, or on parts of it, n the outward normal. */
export const neumann = (values: ConditionValues, on: On = {}): ConditionMaker =>
  onBoundary(
    'a Neumann condition',
    values,
    on,
    (u, at, { normal }) => Object.entries(values).map(([name, g]) => minus(normalDerivative(u[name]!, normal), g, at)),
    { fixes: false, text: (name) => `d${name}/dn = ${shown(values[name]!)}` },
  )

/** α u + β ∂u/∂n = g on the boundary, or on parts of it. */
export const robin = (
  values: Readonly<
    Record<string, { readonly value: number; readonly normal: number; readonly equals: ConditionValue }>
  >,
  on: On = {},
): ConditionMaker =>
  onBoundary(
    'a Robin condition',
    values,
    on,
    (u, at, { normal }) =>
      Object.entries(values).map(([name, { value, normal: slope, equals }]) =>
        minus(add(mul(u[name]!.value, value), mul(normalDerivative(u[name]!, normal), slope)), equals, at),
      ),
    {
      fixes: false,
      text: (name) =>
        `${values[name]!.value} ${name} + ${values[name]!.normal} d${name}/dn = ${shown(values[name]!.equals)}`,
    },
  )

/**
 * u = g at the first time, and ∂u/∂t = h if the equation is of second order in time.
 *
 * @throws INVALID_OPTION if the equation has no axis of time
 * @example initial({ u: ({ x }) => sin(mul(Math.PI, x)) })
 */
export function initial(values: ConditionValues, rates: ConditionValues = {}): ConditionMaker {
  return (space) => {
    const { time, domain, axes } = space
    if (time === null) {
      throw new SpikewardError(
        'INVALID_OPTION',
        `an initial condition without an axis of time; the axes are ${axes.join(', ')}; name one of them t, or give 'time'`,
      )
    }
    const start = domain[axes.indexOf(time)]![0]
    const region = space.held(time, start)
    const state = Object.keys(values)
    const rate = Object.keys(rates)
    const at = `at ${time} = ${start}`
    return [
      ...(state.length === 0
        ? []
        : [
            conditionOf(
              space,
              `${state.map((n) => `${n} = ${shown(values[n]!)}`).join(', ')} ${at}`,
              region,
              (u, where) => state.map((name) => minus(u[name]!.value, values[name]!, where)),
              state,
            ),
          ]),
      ...(rate.length === 0
        ? []
        : [
            conditionOf(
              space,
              `${rate.map((n) => `d${n}/d${time} = ${shown(rates[n]!)}`).join(', ')} ${at}`,
              region,
              (u, where) => rate.map((name) => minus(u[name]!.partial({ [time]: 1 }), rates[name]!, where)),
            ),
          ]),
    ]
  }
}

/**
 * The solution and its first derivatives have equal values at both ends of an axis.
 *
 * @param components default: all
 * @param length the difference of the derivatives is multiplied by this, so that it has the size of a value: the width
 *   over which the solution changes at the ends. Default 1.
 * @throws INVALID_OPTION for an axis that the equation does not have, or a length that is not finite and above 0
 */
export function periodic(
  axis: string,
  components?: readonly string[],
  { length = 1 }: { readonly length?: number } = {},
): ConditionMaker {
  if (!(Number.isFinite(length) && length > 0)) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `a periodic condition of length ${length}; give a finite length above 0, the width over which the solution changes at the ends`,
    )
  }
  return (space) => {
    const index = space.axes.indexOf(axis)
    if (index < 0) {
      throw new SpikewardError(
        'INVALID_OPTION',
        `a periodic condition along '${axis}'; the axes are ${space.axes.join(', ')}; name one of them`,
      )
    }
    const [low, high] = space.domain[index]!
    const names = components ?? space.unknowns
    const ends = space.held(axis, low)
    const both: Residual = (u) =>
      names.flatMap((name) => [u[name]!.value, mul(u[name]!.partial({ [axis]: 1 }), length)])
    const here = conditionOf(space, `${names.join(', ')} periodic in ${axis}`, ends, both)
    return [
      {
        ...here,
        cells: cellsAt(space, axis, low, high),
        residual(u, f, c, coefficients) {
          const there = moved(c, index, high - low)
          return sub(here.residual(u, f, c, coefficients), here.residual(u, f, there, coefficients))
        },
      },
    ]
  }
}

/** The faces of a box where a coordinate has one of some values. */
const cellsAt = ({ boundary }: Space, axis: string, ...values: readonly number[]): ReadonlySet<BoundaryCell> =>
  new Set(boundary.flatMap(({ name, cells }) => (values.some((v) => name === `${axis} = ${v}`) ? [...cells] : [])))

/** The same points with one coordinate moved. */
function moved(c: Coords, axis: number, by: number): Coords {
  if (c.kind === 'grid') return { kind: 'grid', axes: c.axes.map((x, a) => (a === axis ? add(x, by) : x)) }
  const shift = Array.from({ length: c.x.shape[1]! }, (_, a) => (a === axis ? by : 0))
  return { kind: 'points', x: add(c.x, tensor(shift, { dtype: c.x.dtype })) }
}

/**
 * Measurements: components have given values at given points. A step draws some of the points, with replacement;
 * a step of as many points as there are has each of them once.
 *
 * @param points flat [P, axes], row-major
 * @param values for each component, [P]
 * @throws INVALID_OPTION if the lengths do not fit, or a point is outside the intervals of the axes
 */
export function pointValues(
  points: ArrayLike<number>,
  values: Readonly<Record<string, ArrayLike<number>>>,
): ConditionMaker {
  return (space) => {
    const axes = space.axes.length
    const count = points.length / axes
    const names = Object.keys(values)
    const wrong = names.find((name) => values[name]!.length !== count)
    if (!Number.isInteger(count) || count === 0 || wrong !== undefined) {
      throw new SpikewardError(
        'INVALID_OPTION',
        `point values: ${points.length} coordinates for ${axes} axes` +
          (wrong === undefined ? '' : `, and ${values[wrong]!.length} values of ${wrong}`) +
          '; give as many coordinates for each point as there are axes, and one value for each point',
      )
    }
    checkInside(space, names, points)
    const x = Float32Array.from(points)
    const y = Float32Array.from(
      { length: count * names.length },
      (_, i) => values[names[i % names.length]!]![Math.floor(i / names.length)]!,
    )
    const region: Region = {
      held: space.axes.map(() => null),
      points(key, n) {
        const rows = n === count ? arange(count, 'i32') : randint(key, [n], count)
        return {
          kind: 'points',
          x: take(tensor(x, { shape: [count, axes] }), rows),
          values: take(tensor(y, { shape: [count, names.length] }), rows),
        }
      },
    }
    const residual: Residual = (u, _, { values: targets }) => names.map((name, k) => sub(u[name]!.value, targets[k]!))
    return [
      { ...conditionOf(space, `${names.join(', ')} measured at ${count} points`, region, residual), measures: true },
    ]
  }
}

/** Coordinates of a table may be rounded: how far outside they may be, as a share of the interval. */
const ROUNDED = 1e-6

/** @throws INVALID_OPTION for the first point outside the intervals of the axes */
function checkInside({ axes, domain }: Space, names: readonly string[], points: ArrayLike<number>): void {
  const outside = Array.prototype.findIndex.call(points, (value: number, i) => {
    const [low, high] = domain[i % axes.length]!
    const margin = ROUNDED * (high - low)
    return value < low - margin || value > high + margin
  })
  if (outside < 0) return
  const axis = outside % axes.length
  throw new SpikewardError(
    'INVALID_OPTION',
    `point values of ${names.join(', ')}: row ${Math.floor(outside / axes.length) + 1} has ${axes[axis]!} = ${points[outside]!}, ` +
      `outside [${domain[axis]!.join(', ')}]; leave the row out, or widen the axis or the shape`,
  )
}

/**
 * Any other condition, where one coordinate is fixed.
 *
 * @param where the name and the value of this coordinate, such as `{ x: 0 }`
 * @throws INVALID_OPTION unless exactly one axis of the equation is fixed, at a value of its domain
 */
export const condition =
  (name: string, where: Readonly<Record<string, number>>, residual: Residual): ConditionMaker =>
  (space) => {
    const [axis, value] = fixedCoordinate('a condition', where)
    return [{ ...conditionOf(space, name, space.held(axis, value), residual), cells: cellsAt(space, axis, value) }]
  }
