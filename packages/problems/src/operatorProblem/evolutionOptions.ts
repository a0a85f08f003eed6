import { integer, number } from '@spikeward/core'

/** The times of an evolution: of the map, and of the frames of a trajectory. */
export const evolutionOptions = (defaults: {
  readonly duration: number
  readonly interval: number
  readonly frames: number
}) => ({
  /** The time of the map. */
  duration: number({ min: 0, above: true, default: defaults.duration, help: 'time after which the map gives u' }),
  /** Time between the frames of a trajectory. */
  interval: number({ min: 0, above: true, default: defaults.interval, help: 'time between frames of a trajectory' }),
  /** Frames of a trajectory, the first one at time 0. */
  frames: integer({ min: 2, default: defaults.frames, help: 'frames of a trajectory, the first one at time 0' }),
})
