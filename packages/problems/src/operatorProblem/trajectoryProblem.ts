import { type SourceFunction, type TrajectoryGrid, type TrajectoryProblem, sizeOf } from '@spikeward/core'
import { checkArraySize, checkSplit } from '../checks.js'
import { type GeneratedProblem, generatedProblem, keyOfSplit, solveEach } from './generatedProblem.js'

/** Options of {@link trajectoryProblem}. */
export type TrajectorySpec = GeneratedProblem & {
  readonly trajectory: TrajectoryGrid
  /** The frames from a function: [frames, …grid, channels]. */
  readonly rollout: (f: SourceFunction) => Float64Array
}

/**
 * A {@link generatedProblem} whose functions also start trajectories.
 *
 * @throws those of {@link generatedProblem}; `trajectories` throws INVALID_OPTION for more than 2²⁷ numbers
 */
export function trajectoryProblem(spec: TrajectorySpec): TrajectoryProblem {
  const { trajectory, rollout, name, sizes } = spec
  const problem = generatedProblem(spec)
  const { frames, grid, channels } = trajectory
  const width = frames * sizeOf(grid) * channels.length
  return {
    ...problem,
    trajectory,
    async trajectories(split, options = {}) {
      checkSplit(name, 'trajectories', split)
      const count = sizes[split]
      checkArraySize(
        `${name}: trajectories of ${count} functions`,
        count * width,
        'functions (sizes), frames or points',
      )
      const { solutions } = await solveEach(spec, keyOfSplit(spec.key, split), split, count, rollout, options)
      const values = new Float32Array(count * width)
      solutions.forEach((frame, i) => values.set(frame, i * width))
      return { count, values }
    },
  }
}
