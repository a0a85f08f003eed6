import { type SourceFunction, type TrajectoryProblem, sizeOf } from '@spikeward/core'
import { checkArraySize } from '../checks.js'
import { pointsOf } from '../geometry/coordinates.js'
import { resample } from '../interpolation/resample.js'
import type { GeneratedProblem } from './generatedProblem.js'
import { trajectoryProblem } from './trajectoryProblem.js'

/** Options of {@link periodicEvolution}. */
export type PeriodicEvolution = Pick<GeneratedProblem, 'name' | 'sizes' | 'key' | 'sample'> & {
  /** Names of the axes of space. */
  readonly axes: readonly string[]
  /** The period along each axis. */
  readonly length: number
  /** Points along each axis, which are the solver's nodes too. */
  readonly points: number
  /** Names of the fields; the map gives the first. */
  readonly channels: readonly string[]
  /** Equation, coefficients, solver and its steps, in words. */
  readonly definition: string
  /** The time of the map. */
  readonly duration: number
  /** Time between the frames of a trajectory. */
  readonly interval: number
  /** Frames of a trajectory. */
  readonly frames: number
  /** Frames from values of f at the points: [frames, …grid, channels]. */
  readonly solve: (initial: Float64Array, interval: number, frames: number) => Float64Array
}

/** The whole numbers 0 … n − 1, as lengths of a period of n points. */
const pointsOfPeriod = (length: number, n: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => (length * i) / n)

/**
 * An evolution that is periodic along each axis, solved for at the points where it is given: the map f ↦ u(·,
 * duration), u the first field, and trajectories. Between the points the map is given by cubics, with an error of
 * O(h⁴). It states no equation: its solution has no time axis.
 */
export function periodicEvolution(spec: PeriodicEvolution): TrajectoryProblem {
  const { axes, length, points, channels, duration, interval, frames, solve } = spec
  const grid = axes.map(() => points)
  checkArraySize(`${spec.name}: the coordinates of ${grid.join(' × ')} points`, axes.length * sizeOf(grid), 'points')
  const side = pointsOfPeriod(length, points)
  const at = { kind: 'grid', axes: axes.map(() => side) } as const
  const { x } = pointsOf(at)
  const lines = grid.map((count) => ({ low: 0, high: length, count: count + 1 }))
  return trajectoryProblem({
    ...spec,
    domain: axes.map(() => [0, length] as const),
    sensors: { x, count: sizeOf(grid), axes: axes.length, grid },
    at,
    signature: `${spec.definition}; t = ${duration}`,
    solve(f, where) {
      const width = sizeOf(grid) * channels.length
      const last = solve(f(x), duration, 2).subarray(width)
      const first = channels.length === 1 ? last : last.filter((_, i) => i % channels.length === 0)
      return resample(withRightEnds(first, grid), lines, where)
    },
    physics: null,
    trajectory: { frames, interval, grid, channels },
    rollout: (f: SourceFunction) => solve(f(x), interval, frames),
  })
}

/** Values of one period with those of the right ends, which are the left ones. */
export function withRightEnds(values: Float64Array, grid: readonly number[]): Float64Array {
  const larger = grid.map((n) => n + 1)
  return Float64Array.from({ length: sizeOf(larger) }, (_, p) => {
    let [rest, stride, from] = [p, 1, 0]
    for (let a = grid.length - 1; a >= 0; a--) {
      const n = grid[a]!
      from += ((rest % (n + 1)) % n) * stride
      stride *= n
      rest = Math.floor(rest / (n + 1))
    }
    return values[from]!
  })
}
