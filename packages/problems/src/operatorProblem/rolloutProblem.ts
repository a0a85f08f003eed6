import { SpikewardError, sizeOf } from '@spikeward/core'
import type { OperatorData, OperatorProblem, RolloutProblem, TrajectoryData, TrajectoryProblem } from '@spikeward/core'
import { sensorsOfSeveral } from '../geometry/sensors.js'
import { pointsOf } from '../geometry/coordinates.js'

/** The most numbers of the pairs of a step: 128 MB in each of inputs and increments. */
const MOST = 2 ** 24

/**
 * The trajectories of an evolution as the operator from their first frames to all later ones, for time-steppers. Its
 * axes are those of space and `t`, in the units of the problem.
 *
 * @throws SHAPE_MISMATCH for a problem at scattered points
 * @example
 * const problem = rolloutProblem(kuramotoSivashinsky())
 * const { values } = await problem.data('test') // [200 functions, 64 points × 60 times]
 */
export function rolloutProblem(problem: TrajectoryProblem): RolloutProblem {
  const { trajectory, sizes, axes, domain, at: whole } = problem
  const { frames, interval, grid, channels } = trajectory
  const places = trajectory.axes ?? (whole.kind === 'grid' ? whole.axes.slice(0, grid.length) : null)
  if (places === null) {
    throw new SpikewardError(
      'SHAPE_MISMATCH',
      `'${problem.name}' gives its solutions at scattered points, and a rollout is learned on a grid; take a problem on a grid`,
    )
  }
  const at = { kind: 'grid', axes: places } as const
  const [points, outputs] = [sizeOf(grid), channels.length]
  const width = points * outputs
  const { x } = pointsOf(at)
  const field = { x, count: points, axes: grid.length }
  const sensors = outputs === 1 ? { ...field, grid } : sensorsOfSeveral(channels.map((name) => ({ name, ...field })))
  const times = Float64Array.from({ length: frames - 1 }, (_, k) => (k + 1) * interval)
  const common = { ...problem, outputs, sensors, generator: null, physics: null }

  /** [frames, points, channels] of each trajectory to [frames, channels, points]. */
  const load = async (...request: Parameters<TrajectoryProblem['trajectories']>): Promise<TrajectoryData> => {
    const { count, values } = await problem.trajectories(...request)
    if (outputs === 1) return { count, values }
    const rows = new Float32Array(values.length)
    for (let row = 0; row < count * frames; row++)
      for (let p = 0; p < points; p++)
        for (let c = 0; c < outputs; c++) rows[row * width + c * points + p] = values[row * width + p * outputs + c]!
    return { count, values: rows }
  }
  const known = new Map<string, Promise<TrajectoryData>>()
  const states: RolloutProblem['states'] = (split, options) => {
    const trajectories = known.get(split) ?? load(split, options)
    known.set(split, trajectories)
    trajectories.catch(() => known.delete(split))
    return trajectories
  }

  const steps = frames - 1
  const pairsIn = (split: keyof typeof sizes): number => Math.min(sizes[split] * steps, Math.floor(MOST / width))
  const step: OperatorProblem = {
    ...common,
    axes: axes.slice(0, grid.length),
    domain: domain.slice(0, grid.length),
    at,
    sizes: { train: pairsIn('train'), validation: pairsIn('validation'), test: pairsIn('test') },
    async data(split, options): Promise<OperatorData> {
      const { count: trajectories, values } = await states(split, options)
      const count = pairsIn(split)
      const [rows, increments] = [new Float64Array(count * width), new Float64Array(count * width)]
      for (let pair = 0; pair < count; pair++) {
        const number = Math.floor((pair * trajectories * steps) / count)
        const from = (Math.floor(number / steps) * frames + (number % steps)) * width
        for (let i = 0; i < width; i++) {
          const u = values[from + i]!
          rows[pair * width + i] = u
          increments[pair * width + (i % points) * outputs + Math.floor(i / points)] = values[from + width + i]! - u
        }
      }
      return { count, sensors: rows, values: increments }
    },
  }
  return {
    ...common,
    axes: [...step.axes, 't'],
    domain: [...step.domain, [interval, steps * interval]],
    at: { kind: 'grid', axes: [...at.axes, times] },
    sizes,
    trajectory,
    states,
    step,
    async data(split, options): Promise<OperatorData> {
      const { count, values } = await states(split, options)
      const [first, rest] = [new Float64Array(count * width), new Float64Array(count * steps * width)]
      for (let n = 0; n < count; n++) {
        const start = n * frames * width
        first.set(values.subarray(start, start + width), n * width)
        for (let k = 0; k < steps; k++)
          for (let c = 0; c < outputs; c++)
            for (let p = 0; p < points; p++)
              rest[((n * points + p) * steps + k) * outputs + c] = values[start + (k + 1) * width + c * points + p]!
      }
      return { count, sensors: first, values: rest }
    },
  }
}
