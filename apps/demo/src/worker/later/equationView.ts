import type { PinnProblem } from '@spikeward/core'
import { type PointView, before, lattice, targetOf } from '../../points/viewOf.js'

/**
 * Points along each axis of the picture where the test points are no grid of one or two axes, by the number of axes
 * drawn.
 */
const FINE = [0, 201, 50]

/** The axes that are drawn. */
const DRAWN = 2

/**
 * The view of an equation: the solution at the test points if they are a grid that can be drawn, else on a grid of the
 * picture (cell centres of the first axes, in the middle of the others), with the error at the test points.
 */
export function equationView({ axes, domain, outputs, physics, shape, target, points }: PinnProblem): PointView {
  const testPoints = points('test')
  const isKnown = testPoints.y.length > 0
  const test = { ...testPoints, grid: null, y: isKnown ? testPoints.y : new Float64Array(outputs * testPoints.count) }
  const hard = new Set(physics.hard?.satisfies ?? [])
  const conditions = physics.conditions.map(({ name }) => name)
  const shown = domain.slice(0, DRAWN)
  const common = {
    ...{ inputs: shown.length, axes, outputs, domain: shown, isKnown },
    equation: {
      text: physics.equation,
      learned: conditions.filter((name) => !hard.has(name)),
      hard: conditions.filter((name) => hard.has(name)),
    },
  }
  if (testPoints.grid !== null && axes.length <= DRAWN && shape === undefined) {
    return {
      target: targetOf({ ...common, grid: testPoints.grid, x: test.x, y: test.y }),
      ...{ points: test, from: isKnown ? 0 : test.count, pictured: (answers) => Float32Array.from(answers) },
    }
  }
  const fine = FINE[shown.length]!
  const rest = domain.slice(DRAWN).map(([low, high]) => (low + high) / 2)
  const places = shown.map(([low, high]) =>
    Array.from({ length: fine }, (_, i) => low + ((high - low) * (i + 0.5)) / fine),
  )
  const at = lattice(places)
  const inside = at.map(([x = 0, y = 0]) => shape === undefined || shape.inside([x, y]))
  const gap = Array<number>(outputs).fill(Number.NaN)
  const none = Array<number>(outputs).fill(0)
  const solution = at.flatMap((row, i) => (inside[i] ? (target?.([...row, ...rest]) ?? none) : gap))
  const all = before(
    at.flatMap((row) => [...row, ...rest]),
    at.length,
    test,
  )
  return {
    target: targetOf({ ...common, grid: shown.map(() => fine), rest, x: at.flat(), y: solution }),
    ...all,
    from: isKnown ? at.length : all.points.count,
    pictured: (answers) =>
      Float32Array.from({ length: at.length * outputs }, (_, i) =>
        inside[Math.floor(i / outputs)] ? answers[i]! : Number.NaN,
      ),
  }
}
