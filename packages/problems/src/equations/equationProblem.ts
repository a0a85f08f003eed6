import {
  SpikewardError,
  add,
  broadcastTo,
  full,
  key,
  ones,
  sameShape,
  stack,
  type Coefficients,
  type Continuation,
  type Coords,
  type Domain,
  type HardConditions,
  type Physics,
  type PinnProblem,
  type PointSet,
  type Tensor,
  type TensorLike,
  type DerivativeOrder,
  type Field,
  zeros,
} from '@spikeward/core'
import { gridPoints, scatteredPoints } from '../geometry/gridPoints.js'
import { assertDisjoint, pointSet, pointsOnRequest } from '../regression/pointSet.js'
import type { Sequence } from '../shapes/points/sequences.js'
import type { Geometry } from '../shapes/geometry.js'
import { planeShape } from './spaces/planeShape.js'
import { boundaryNotes, checkOverlap } from './conditions/boundaryNotes.js'
import { boxSpace } from './spaces/boxSpace.js'
import { type ByName, type Names, type UsualUnknown, byName, pickLast } from './component.js'
import { type At, type Residual, coordinatesAt, dtypeAt, residualsAt } from './conditions/place.js'
import { pointsInside, shapeSpace } from './spaces/shapeSpace.js'
import type { ConditionMaker, NamedCondition, Space } from './spaces/space.js'

/** Names of the axes of a shape. */
const SPACE = ['x', 'y', 'z'] as const

/** Points of an equation's solution: the lengths of grids, or one number for all axes. */
export type EquationPoints = {
  /** Training points along each axis, ends included, for losses that mix in data. Default 20. */
  readonly train?: number | readonly number[]
  /**
   * Test points along each axis, cell centres. Default 50. In a shape, the product of the lengths counts, as for
   * training.
   */
  readonly test?: number | readonly number[]
  /** Scattered validation points. Default 1000. */
  readonly validation?: number
}

/** A user's equation, see {@link equationProblem}. */
export type EquationSpec = {
  readonly name: string
  /** The axes and their intervals: `{ x: [-1, 1], t: [0, 1] }`. */
  readonly axes?: Readonly<Record<string, readonly [number, number]>>
  /** A domain in space that is not a box; its axes x, y (and z) come first, and `axes` holds others such as time. */
  readonly shape?: Geometry
  /** The axis of time, which has no boundary condition at its end. Default `t`, if there is such an axis. */
  readonly time?: string | null
  /** Names of the components of the solution. Default `['u']`. */
  readonly unknowns?: readonly string[]
  /** The equation as text. */
  readonly equation: string
  /** The residual, which is zero for a solution; a list for a system. */
  readonly residual: Residual
  readonly conditions?: readonly ConditionMaker[]
  /**
   * Builds conditions into the output: the components of the solution from those of the network. It satisfies all
   * conditions that fix values, or those in `satisfies`.
   */
  readonly hard?: {
    readonly apply: (raw: ByName<Tensor, UsualUnknown>, at: At) => Readonly<Record<string, TensorLike>>
    readonly satisfies?: readonly string[]
  }
  /** Unknown coefficients and their first values. */
  readonly coefficients?: Readonly<Record<string, number>>
  /**
   * Coefficients of the residual and the conditions whose values change over the first steps of training, from an easy
   * equation to this one. Evaluations use the last value.
   */
  readonly continuation?: Readonly<Record<string, Continuation>>
  /**
   * The exact solution, or a reference, at one point in the order of the axes: one number for each component. It is
   * called only when the points of a split are requested, since a reference solution may take a second.
   */
  readonly exact?: (x: readonly number[]) => readonly number[]
  readonly points?: EquationPoints
}

/**
 * Your own equation as a problem: residual and conditions by the names of axes and components.
 *
 * Derivatives are `d(u, { x: 1, t: 1 })`, `gradient`, `divergence`, `laplacian`, `curl` and `normalDerivative`;
 * conditions are `dirichlet`, `neumann`, `robin`, `periodic`, `initial`, `pointValues` and `condition`. The order of
 * the equation is determined automatically. Without `exact` the problem has no solution to compare with:
 * `points(split).y` is empty.
 *
 * @throws INVALID_OPTION for inconsistent names, two conditions of a kind with different values on one part of the
 *   boundary, a continuation without finite values above 0 and whole steps, and numbers of points that are not whole or
 *   above 2²³ (2²⁰ for validation); SPLITS_OVERLAP. `points(split)` throws INVALID_OPTION where `exact` is not finite
 * @example
 * equationProblem({
 *   name: 'heat',
 *   axes: { x: [0, 1], t: [0, 1] },
 *   equation: 'u_t = u_xx',
 *   residual: ({ u }) => sub(d(u, { t: 1 }), d(u, { x: 2 })),
 *   conditions: [dirichlet({ u: 0 }), initial({ u: ({ x }) => sin(mul(Math.PI, x)) })],
 *   exact: ([x = 0, t = 0]) => [Math.exp(-(Math.PI ** 2) * t) * Math.sin(Math.PI * x)],
 * })
 */
export function equationProblem(spec: EquationSpec): PinnProblem {
  const { name, unknowns = ['u'], equation, residual, coefficients = {}, continuation = {}, exact } = spec
  const { shape = null } = spec
  const others = spec.axes ?? {}
  const axes = [...(shape === null ? [] : SPACE.slice(0, shape.dimension)), ...Object.keys(others)]
  const domain: Domain = [...(shape?.bounds ?? []), ...Object.values(others)]
  const time = spec.time === undefined ? (axes.includes('t') ? 't' : null) : spec.time
  checkAxes(name, axes, unknowns, time, domain)
  checkContinuation(name, coefficients, continuation)
  const names: Names = { axes, unknowns, space: axes.filter((axis) => axis !== time) }
  const space = shape === null ? boxSpace(names, domain, time) : shapeSpace(names, shape, Object.values(others), time)
  const conditions = (spec.conditions ?? [])
    .flatMap((make) => make(space))
    .map(
      (condition): NamedCondition => ({
        ...condition,
        residual: (u, f, c, values) => condition.residual(u, f, c, { ...lastValues(continuation, c), ...values }),
      }),
    )
  checkOverlap(name, conditions)
  const order = ordersOf(space, residual, conditions, [...Object.keys(coefficients), ...Object.keys(continuation)])
  const notes = boundaryNotes(space, order, conditions, {
    replaced: spec.hard !== undefined || conditions.some((c) => c.measures === true),
    unknown: Object.keys(coefficients).length > 0,
  })
  const physics: Physics<null> = {
    equation,
    order,
    interior: space.interior,
    residual(u, _, c, values) {
      const all = residualsAt(residual, names, u, c, { ...lastValues(continuation, c), ...values })
      return all.length === 1 ? all[0]! : stack(all, all[0]!.ndim)
    },
    ...(Object.keys(coefficients).length === 0 ? {} : { unknown: coefficients }),
    ...(Object.keys(continuation).length === 0 ? {} : { continuation }),
    conditions,
    hard: hardConditions(spec, names, conditions),
  }
  return {
    kind: 'pinn',
    name,
    inputs: axes.length,
    outputs: unknowns.length,
    domain,
    axes,
    unknowns,
    physics,
    ...(shape !== null && axes.length === 2 ? { shape: planeShape(shape) } : {}),
    ...(shape === null ? {} : { inside: insideOf(shape, domain) }),
    points: pointsOf(name, domain, shape, unknowns.length, spec.points ?? {}, exact),
    ...(exact === undefined ? {} : { target: (x) => [...exact(x)] }),
    ...(notes.length === 0 ? {} : { notes }),
  }
}

/** Whether a point is in a shape and in the intervals of the axes after it. */
const insideOf =
  (shape: Geometry, domain: Domain): NonNullable<PinnProblem['inside']> =>
  (x) =>
    domain.every(([low, high], a) => x[a]! >= low && x[a]! <= high) && shape.inside(x.slice(0, shape.dimension))

function checkAxes(
  name: string,
  axes: readonly string[],
  unknowns: readonly string[],
  time: string | null,
  domain: Domain,
): void {
  const wrong =
    axes.length === 0
      ? 'no axes'
      : unknowns.length === 0
        ? 'no unknowns'
        : new Set([...axes, ...unknowns]).size < axes.length + unknowns.length
          ? `a name twice among the axes ${axes.join(', ')} and the unknowns ${unknowns.join(', ')}`
          : time !== null && !axes.includes(time)
            ? `time '${time}', which is not an axis`
            : domain.some(([low, high]) => !(low < high && Number.isFinite(high - low)))
              ? `an interval whose ends are not in order: ${JSON.stringify(domain)}`
              : null
  if (wrong !== null)
    throw new SpikewardError(
      'INVALID_OPTION',
      `${name}: ${wrong}; give each axis an interval, and each unknown a unique name`,
    )
}

function checkContinuation(
  name: string,
  coefficients: Readonly<Record<string, number>>,
  continuation: Readonly<Record<string, Continuation>>,
): void {
  const twice = Object.keys(continuation).find((c) => c in coefficients)
  const wrong = Object.entries(continuation).find(([, c]) => !mayContinue(c))
  if (twice === undefined && wrong === undefined) return
  throw new SpikewardError(
    'INVALID_OPTION',
    twice === undefined
      ? `${name}: the continuation of ${wrong![0]} is ${shown(wrong![1])}; give finite 'from' and 'to' above 0 and a whole number of steps, at least 1`
      : `${name}: ${twice} is an unknown coefficient and follows a continuation; leave it out of one of them`,
  )
}

const mayContinue = ({ from, to, steps }: Continuation): boolean =>
  [from, to].every((v) => Number.isFinite(v) && v > 0) && Number.isInteger(steps) && steps >= 1

/** JSON has no word for infinity. */
const shown = ({ from, to, steps }: Continuation): string => `from ${from} to ${to} in ${steps} steps`

/** The last values of a continuation, in the element type of the coordinates. */
const lastValues = (continuation: Readonly<Record<string, Continuation>>, c: Coords): Coefficients =>
  Object.fromEntries(Object.entries(continuation).map(([name, { to }]) => [name, full([], to, dtypeAt(c))]))

/** The highest derivative along each axis in the equation and its conditions. */
function ordersOf(
  space: Space,
  residual: Residual,
  conditions: readonly NamedCondition[],
  coefficients: readonly string[],
): Physics['order'] {
  const [axes, outputs] = [space.axes.length, space.unknowns.length]
  const units = Object.fromEntries(coefficients.map((n) => [n, ones([])]))
  const at = space.interior.points(key(0), 1)
  const inside = recordOrders((u) => residualsAt(residual, space, u, at, units), at, axes, outputs)
  return conditions.reduce<Physics['order']>((most, condition) => {
    const c = condition.region.points(key(0), 1)
    const own = recordOrders((u) => condition.residual(u, null, c, units), c, axes, outputs)
    return most.map((k, a) => (own[a]! > k ? own[a]! : k))
  }, inside)
}

function hardConditions(
  { hard }: EquationSpec,
  { axes, unknowns }: Names,
  conditions: readonly NamedCondition[],
): HardConditions<null> | null {
  if (hard === undefined) return null
  const fixing = conditions.filter((c) => c.fixes !== null).map((c) => c.name)
  return {
    satisfies: hard.satisfies ?? fixing,
    apply(raw, _, c) {
      const single = unknowns.length === 1
      const parts = byName<Tensor, UsualUnknown>(
        'unknowns',
        Object.fromEntries(unknowns.map((name, k) => [name, single ? raw : pickLast(raw, k)])),
      )
      const components = hard.apply(parts, coordinatesAt(axes, c))
      const whole = unknowns.map((name) =>
        broadcastLike((Object.hasOwn(components, name) ? components[name] : undefined) ?? parts[name]!, raw, single),
      )
      return single ? whole[0]! : stack(whole, whole[0]!.ndim)
    },
  }
}

/** The most points of a set, which are held in memory: 50 along each of four axes fit. */
const MAX_POINTS = 2 ** 23

/** The most validation points, at which a run measures its error again and again. */
const MAX_VALIDATION = 2 ** 20

/** @throws INVALID_OPTION for lengths that are not whole numbers, and for a product of them above the most points */
function checkCount(split: string, lengths: readonly number[]): void {
  const wrong = lengths.find((n) => !(n >= 0 && (Number.isInteger(n) || n === Infinity)))
  if (wrong !== undefined) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `${wrong} ${split} points are not a whole number; give whole numbers of at least 0 in points`,
    )
  }
  const count = lengths.reduce((a, b) => a * b, 1)
  const most = split === 'validation' ? MAX_VALIDATION : MAX_POINTS
  if (count <= most) return
  throw new SpikewardError(
    'INVALID_OPTION',
    `${count} ${split} points, and an equation has at most ${most}; give ${split === 'validation' ? 'fewer' : 'fewer along each axis'} in points`,
  )
}

function pointsOf(
  name: string,
  domain: Domain,
  shape: Geometry | null,
  outputs: number,
  { train = 20, test = 50, validation = 1000 }: EquationPoints,
  exact: EquationSpec['exact'],
): PinnProblem['points'] {
  const axes = domain.length
  const lengths = (n: number | readonly number[]): readonly number[] =>
    typeof n === 'number' ? domain.map(() => n) : n
  const make = (x: Float64Array, grid: readonly number[] | null): PointSet => {
    return { x, y: new Float64Array(0), count: x.length / axes, grid }
  }
  const scattered = (count: number, kind: Sequence): PointSet => make(pointsInside(domain, shape, count, kind), null)
  const total = (n: number | readonly number[]): number => lengths(n).reduce((a, b) => a * b, 1)
  for (const [split, n] of Object.entries({ train: lengths(train), test: lengths(test), validation: [validation] }))
    checkCount(split, n)
  const sets =
    shape === null
      ? {
          train: make(gridPoints(domain, lengths(train), 'ends'), lengths(train)),
          test: make(gridPoints(domain, lengths(test), 'centres'), lengths(test)),
          validation: make(scatteredPoints(domain, validation), null),
        }
      : {
          train: scattered(total(train), 'halton'),
          test: scattered(total(test), 'sobol'),
          validation: scattered(validation, 'uniform'),
        }
  if (exact === undefined) return pointsOnRequest(name, (split) => sets[split])
  assertDisjoint(axes, sets)
  return pointsOnRequest(name, (split) => {
    const { x, grid } = sets[split]
    return pointSet(x, axes, outputs, solutionOf(name, outputs, exact), grid)
  })
}

/**
 * The exact solution with a check of its values: an error against NaN or infinity would be NaN and measure nothing.
 *
 * @throws INVALID_OPTION for a value that is not finite, and for another number of values than of components
 */
const solutionOf =
  (name: string, outputs: number, exact: NonNullable<EquationSpec['exact']>) =>
  (at: readonly number[]): number[] => {
    const values = [...exact(at)]
    if (values.length === outputs && values.every(Number.isFinite)) return values
    throw new SpikewardError(
      'INVALID_OPTION',
      `${name}: the exact solution at (${at.join(', ')}) is (${values.slice(0, 8).join(', ')}); ` +
        `give ${outputs === 1 ? 'one finite number' : `${outputs} finite numbers`} at every point, or points where it has them`,
    )
  }

/** A component as a tensor of its full shape: hard conditions may give a function of one coordinate, or a number. */
function broadcastLike(x: TensorLike, raw: Tensor, single: boolean): Tensor {
  const shape = single ? raw.shape : raw.shape.slice(0, -1)
  const t = add(x, 0)
  return sameShape(t.shape, shape) ? t : broadcastTo(t, shape)
}

/**
 * The highest derivative along each axis that a residual reads: it runs once on a field of zeros.
 *
 * @param at one point
 */
export function recordOrders(
  residual: (u: Field) => unknown,
  at: Coords,
  axes: number,
  outputs: number,
): (0 | DerivativeOrder)[] {
  const most = new Array<number>(axes).fill(0)
  const field = (c: Coords) =>
    zeros([1, ...(c.kind === 'points' ? [c.x.shape[0]!] : []), ...(outputs === 1 ? [] : [outputs])])
  residual({
    at: field,
    d(c, axis, order = 1) {
      most[axis] = Math.max(most[axis]!, order)
      return field(c)
    },
    mixed(c, orders) {
      orders.forEach((k, axis) => (most[axis] = Math.max(most[axis]!, k)))
      return field(c)
    },
  })
  return most as (0 | DerivativeOrder)[]
}
