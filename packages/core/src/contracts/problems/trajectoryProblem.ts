import type { Shape } from '../../tensor/aval.js'
import type { DataOptions, OperatorProblem } from './operatorProblem.js'

/** The times, the grid and the channels of trajectories. */
export interface TrajectoryGrid {
  /** Frames of a trajectory, the first of them at time 0. */
  readonly frames: number
  /** Time from one frame to the next. */
  readonly interval: number
  /** Points along each axis of space. */
  readonly grid: Shape
  /** Their coordinates along each axis; absent: those at which the map gives its solutions. */
  readonly axes?: readonly Float64Array[]
  /** Names of the fields: ['u'], or ['u', 'v'] of two substances. The first one is the input of the map. */
  readonly channels: readonly string[]
}

/** Trajectories on the host; function i is the one of row i of the same split of {@link OperatorProblem.data}. */
export interface TrajectoryData {
  readonly count: number
  /** [count, frames, …grid, channels]. */
  readonly values: Float32Array
}

/**
 * An evolution in time, as the map from a field to the field at one later time, and as trajectories from the same
 * initial fields, on which rollouts are trained and tested.
 */
export interface TrajectoryProblem extends OperatorProblem {
  readonly trajectory: TrajectoryGrid
  /** Trajectories from the functions of a split; computed at each call. */
  trajectories(split: 'train' | 'validation' | 'test', options?: DataOptions): Promise<TrajectoryData>
}

/**
 * The trajectories of an evolution as an operator: from the channels of the first frame, which are its input functions,
 * to all later frames, on a grid of which time is the last axis. A network learns it as a time-stepper.
 */
export interface RolloutProblem extends OperatorProblem {
  readonly trajectory: TrajectoryGrid
  /**
   * Trajectories of a split as rows of sensor values: [count, frames, channels · points], one channel after the other.
   */
  states(split: 'train' | 'validation' | 'test', options?: DataOptions): Promise<TrajectoryData>
  /** One step: the channels of a field ↦ their increments. Of long trajectories its data are a sample of the pairs. */
  readonly step: OperatorProblem
}
