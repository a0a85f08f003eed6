import { countOf, pointsOf } from '@spikeward/problems'
import type { HostCoords, OperatorData, OperatorProblem } from '@spikeward/core'
import { type View, targetOf } from '../../points/viewOf.js'
import type { InputShown, Target } from '../../protocol.js'

/** Test functions that can be drawn. */
const SHOWN = 8

/** The axes that are drawn. */
const DRAWN = 2

/** Cells along each axis of the picture of points that are no grid. */
const CELLS = 32

type Slice = Pick<Target, 'grid' | 'rest'> & {
  /** The numbers of its points among all. */
  readonly points: readonly number[]
}

/** The nearest of scattered points of a plane to the centre of each cell of the domain, row by row. */
function nearestOf(x: Float64Array, [xs, ys]: OperatorProblem['domain']): Slice {
  const count = x.length / 2
  const [[x0, x1], [y0, y1]] = [xs!, ys!]
  const points = Array.from({ length: CELLS ** 2 }, (_, cell) => {
    const a = x0 + ((Math.floor(cell / CELLS) + 0.5) / CELLS) * (x1 - x0)
    const b = y0 + (((cell % CELLS) + 0.5) / CELLS) * (y1 - y0)
    const distance = (i: number): number => Math.hypot(x[2 * i]! - a, x[2 * i + 1]! - b)
    let nearest = 0
    for (let i = 1; i < count; i++) if (distance(i) < distance(nearest)) nearest = i
    return nearest
  })
  return { grid: [CELLS, CELLS], rest: [], points }
}

/**
 * The points of a grid along its first axes, in the middle of the others. Of a set that is no grid: in the plane the
 * nearest point of each cell, else all points.
 */
function sliceOf(at: HostCoords, domain: OperatorProblem['domain']): Slice {
  if (at.kind === 'points' && at.axes === 2) return nearestOf(at.x, domain)
  if (at.kind === 'points')
    return { grid: [countOf(at)], rest: [], points: Array.from({ length: countOf(at) }, (_, i) => i) }
  const counts = at.axes.map((axis) => axis.length)
  const rest = at.axes.slice(DRAWN)
  const middle = rest.map((axis) => Math.floor(axis.length / 2))
  const each = rest.reduce((n, axis) => n * axis.length, 1)
  const offset = rest.reduce((n, axis, a) => n * axis.length + middle[a]!, 0)
  const shown = counts.slice(0, DRAWN).reduce((a, b) => a * b, 1)
  return {
    grid: counts.slice(0, DRAWN),
    rest: rest.map((axis, a) => axis[middle[a]!]!),
    points: Array.from({ length: shown }, (_, i) => i * each + offset),
  }
}

/** Input functions at their sensors: their values, one test function after another at each sensor. */
function inputsOf({ sensors }: OperatorProblem, { sensors: rows }: OperatorData, shown: number): InputShown[] {
  const { count, grid, functions = [{ name: '', count }] } = sensors
  let from = 0
  return functions.map(({ name, count: own }) => {
    const first = from
    from += own
    const valueAt = (i: number): number => rows[(i % shown) * count + first + Math.floor(i / shown)]!
    return {
      name,
      grid: functions.length === 1 && grid !== null ? grid : [own],
      y: Float32Array.from({ length: own * shown }, (_, i) => valueAt(i)),
    }
  })
}

/**
 * The view of an operator: solutions of the first test functions, one after another at each point of the first axes,
 * and their input functions. The error is the mean of those of all test functions.
 *
 * @param text the operator in words
 */
export function operatorView(problem: OperatorProblem, test: OperatorData, text: string): View {
  const { axes, at, domain, sizes } = problem
  const { grid, rest, points } = sliceOf(at, domain)
  const shown = Math.min(SHOWN, test.count)
  const { x } = pointsOf(at)
  const inputs = Math.min(DRAWN, axes.length)
  const all = countOf(at)
  const pictured = (answers: ArrayLike<number>): Float32Array =>
    Float32Array.from(
      { length: points.length * shown },
      (_, i) => answers[(i % shown) * all + points[Math.floor(i / shown)]!]!,
    )
  return {
    target: targetOf({
      ...{ inputs, axes, rest, grid, outputs: shown, domain: domain.slice(0, DRAWN) },
      operator: { text, sizes, input: inputsOf(problem, test, shown) },
      x: points.flatMap((p) => [...x.subarray(p * axes.length, p * axes.length + inputs)]),
      y: pictured(test.values),
    }),
    pictured,
  }
}
