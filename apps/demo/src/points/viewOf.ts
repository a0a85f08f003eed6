import type { PointSet, RegressionProblem } from '@spikeward/core'
import type { Target } from '../protocol.js'

/** Points along each axis of the picture of own points, by the number of inputs. */
const FINE = [0, 201, 65]

/** The names of the inputs, by their number. */
const NAMES: readonly (readonly string[])[] = [[], ['x'], ['x₁', 'x₂']]

/** The view of a run: what is drawn, and the meaning of the network's answers. */
export type View = {
  readonly target: Target
  /** The part of the answers that the picture shows. */
  readonly pictured: (answers: ArrayLike<number>) => Float32Array
}

/** The view of a network of points, and the points at which it is evaluated: first those of the picture. */
export type PointView = View & {
  readonly points: PointSet
  /** The first of the points at which the error is measured: test points, or own points, of which there are no others. */
  readonly from: number
}

/** A grid on [−1, 1] along each axis, row-major. */
function gridOf(inputs: number): { readonly x: number[]; readonly grid: number[] } {
  const fine = FINE[inputs]!
  const along = Array.from({ length: fine }, (_, i) => -1 + (2 * i) / (fine - 1))
  const x = inputs === 1 ? along : along.flatMap((a) => along.flatMap((b) => [a, b]))
  return { x, grid: Array.from({ length: inputs }, () => fine) }
}

/** The view of a problem: its test points, or a grid and the own points. */
export function viewOf({ inputs, domain, points, target }: RegressionProblem): PointView {
  const train = points('train')
  const samples = { x: Float32Array.from(train.x), y: Float32Array.from(train.y) }
  const common = { inputs, axes: NAMES[inputs] ?? [], rest: [], outputs: 1, equation: null, operator: null } as const
  if (target !== undefined) {
    const test = points('test')
    return {
      target: {
        ...common,
        domain,
        grid: test.grid ?? [test.count],
        x: Float32Array.from(test.x),
        y: Float32Array.from(test.y),
        isKnown: true,
        samples,
      },
      points: test,
      from: 0,
      pictured: (answers) => Float32Array.from(answers),
    }
  }
  const { x, grid } = gridOf(inputs)
  const shown = x.length / inputs
  const unknown = new Float64Array(shown)
  const whole = domain.map((): readonly [number, number] => [-1, 1])
  return {
    target: {
      ...common,
      domain: whole,
      grid,
      x: Float32Array.from(x),
      y: new Float32Array(shown),
      isKnown: false,
      samples,
    },
    points: {
      x: Float64Array.from([...x, ...train.x]),
      y: Float64Array.from([...unknown, ...train.y]),
      count: shown + train.count,
      grid: null,
    },
    from: shown,
    pictured: (answers) => Float32Array.from({ length: shown }, (_, i) => answers[i]!),
  }
}
