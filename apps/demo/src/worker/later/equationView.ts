import type { PinnProblem } from '@spikeward/core'
import type { PointView } from '../../points/viewOf.js'
import type { Target } from '../../protocol.js'

/** Points along each axis of the picture where the test points are no grid of one or two axes, by the number of axes drawn. */
const FINE = [0, 201, 50]

/** The axes that are drawn. */
const DRAWN = 2

type Grid = Pick<Target, 'grid' | 'rest'> & {
  /** Rows of all coordinates. */
  readonly at: readonly (readonly number[])[]
}

/** Cell centres of the first axes, in the middle of the others. */
function pictureGrid(domain: PinnProblem['domain']): Grid {
  const drawn = domain.slice(0, DRAWN)
  const fine = FINE[drawn.length]!
  const rest = domain.slice(DRAWN).map(([low, high]) => (low + high) / 2)
  const places = drawn.map(([low, high]) =>
    Array.from({ length: fine }, (_, i) => low + ((high - low) * (i + 0.5)) / fine),
  )
  const [first = [], second] = places
  const rows = second === undefined ? first.map((a) => [a]) : first.flatMap((a) => second.map((b) => [a, b]))
  return { at: rows.map((row) => [...row, ...rest]), grid: drawn.map(() => fine), rest }
}

const isInside = ({ shape }: PinnProblem, [x = 0, y = 0]: readonly number[]): boolean =>
  shape === undefined || shape.inside([x, y])

/**
 * The view of an equation: the solution at the test points if they are a grid that can be drawn, else on a grid of the picture,
 * with the error at the test points.
 */
export function equationView(problem: PinnProblem): PointView {
  const { axes, domain, outputs, physics } = problem
  const test = problem.points('test')
  const isKnown = test.y.length > 0
  const isDrawable = test.grid !== null && axes.length <= DRAWN && problem.shape === undefined
  const width = axes.length
  const picture: Grid = isDrawable
    ? {
        at: Array.from({ length: test.count }, (_, i) => [...test.x.subarray(i * width, (i + 1) * width)]),
        grid: test.grid,
        rest: [],
      }
    : pictureGrid(domain)
  const shown = picture.at.length
  const inside = picture.at.map((at) => isInside(problem, at))
  const valuesAt = (at: readonly number[]): readonly number[] => problem.target?.(at) ?? Array<number>(outputs).fill(0)
  const gap = Array<number>(outputs).fill(Number.NaN)
  const solution = isDrawable && isKnown ? test.y : picture.at.flatMap((at, i) => (inside[i] ? valuesAt(at) : gap))
  /** The number of the first test point. */
  const first = isDrawable ? 0 : shown
  const unknown = new Float64Array(outputs * test.count)
  const held = new Set(physics.hard?.satisfies ?? [])
  const conditions = physics.conditions.map(({ name }) => name)
  return {
    target: {
      inputs: Math.min(width, DRAWN),
      axes,
      rest: picture.rest,
      outputs,
      operator: null,
      equation: {
        text: physics.equation,
        learned: conditions.filter((name) => !held.has(name)),
        hard: conditions.filter((name) => held.has(name)),
      },
      domain: domain.slice(0, DRAWN),
      grid: picture.grid,
      x: Float32Array.from(picture.at.flatMap((at) => at.slice(0, DRAWN))),
      y: Float32Array.from(solution),
      isKnown,
      samples: { x: new Float32Array(), y: new Float32Array() },
    },
    points: {
      x: Float64Array.from([...picture.at.flat(), ...(isDrawable ? [] : test.x)]),
      y: Float64Array.from([...new Float64Array(outputs * first), ...(isKnown ? test.y : unknown)]),
      count: first + test.count,
      grid: null,
    },
    from: isKnown ? first : first + test.count,
    pictured: (answers) =>
      Float32Array.from({ length: shown * outputs }, (_, i) =>
        inside[Math.floor(i / outputs)] ? answers[i]! : Number.NaN,
      ),
  }
}
