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
  /**
   * The first of the points at which the error is measured: test points, or own points, of which there are no others.
   */
  readonly from: number
}

type Given = Pick<Target, 'inputs' | 'axes' | 'domain' | 'grid'> &
  Partial<Omit<Target, 'x' | 'y'>> & { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> }

/** A target; by default known, with one value at each point, and learned from no points. */
export const targetOf = ({ x, y, ...series }: Given): Target => ({
  ...{ rest: [], outputs: 1, equation: null, operator: null, isKnown: true },
  ...{ samples: { x: new Float32Array(), y: new Float32Array() }, ...series },
  ...{ x: Float32Array.from(x), y: Float32Array.from(y) },
})

/** Rows of the coordinates of a grid over one or two axes, the last of which runs fastest. */
export const lattice = ([first = [], second]: readonly (readonly number[])[]): number[][] =>
  second === undefined ? first.map((a) => [a]) : first.flatMap((a) => second.map((b) => [a, b]))

/** The points of a picture before those at which the error is measured. */
export const before = (picture: readonly number[], shown: number, { x, y, count }: PointSet) => ({
  points: {
    x: Float64Array.from([...picture, ...x]),
    y: Float64Array.from([...new Float64Array((shown * y.length) / count), ...y]),
    count: shown + count,
    grid: null,
  },
  from: shown,
})

/** The view of a problem: its test points, or a grid and the own points. */
export function viewOf({ inputs, domain, points, target }: RegressionProblem): PointView {
  const train = points('train')
  const samples = { x: Float32Array.from(train.x), y: Float32Array.from(train.y) }
  const common = { inputs, axes: NAMES[inputs] ?? [], samples }
  if (target !== undefined) {
    const test = points('test')
    return {
      target: targetOf({ ...common, domain, grid: test.grid ?? [test.count], x: test.x, y: test.y }),
      ...{ points: test, from: 0, pictured: (answers) => Float32Array.from(answers) },
    }
  }
  const fine = FINE[inputs]!
  const along = Array.from({ length: fine }, (_, i) => -1 + (2 * i) / (fine - 1))
  const x = lattice(domain.map(() => along)).flat()
  const shown = x.length / inputs
  const whole = domain.map((): readonly [number, number] => [-1, 1])
  const grid = domain.map(() => fine)
  return {
    target: targetOf({ ...common, domain: whole, grid, x, y: new Float32Array(shown), isKnown: false }),
    ...before(x, shown, train),
    pictured: (answers) => Float32Array.from({ length: shown }, (_, i) => answers[i]!),
  }
}
