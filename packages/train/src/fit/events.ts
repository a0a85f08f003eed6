import type { Tree } from '@spikeward/core'
import type { Snapshot } from '../checkpoint/snapshot.js'
import type { Variables } from '../tasks/task.js'

/** The run begins, or goes on from a snapshot. */
export type StartEvent = {
  readonly type: 'start'
  /** Steps taken before. */
  readonly step: number
  /** Numbers that are learned. */
  readonly parameters: number
  readonly backend: string
}

/** How it goes, every `every` steps. */
export type MetricsEvent = {
  readonly type: 'metrics'
  readonly step: number
  /** Loss of the last step alone: with mini-batches it is noisy. */
  readonly loss: number
  /** Seconds of training, of earlier parts of the run as well; validation and checkpoints are not counted. */
  readonly seconds: number
  readonly stepsPerSecond: number
  /** Forward passes of the network spent so far. */
  readonly forwardEquivalents: number
}

/** Error on points that are not trained on, every `validateEvery` steps. */
export type ValidationEvent = {
  readonly type: 'validation'
  readonly step: number
  readonly seconds: number
  readonly relativeL2: number
}

/** The run as it stands, every `checkpointEvery` steps and at the end. All its numbers were checked to be finite. */
export type CheckpointEvent = { readonly type: 'checkpoint'; readonly step: number; readonly snapshot: Snapshot }

/** Why a run ended. */
export type EndReason = 'steps' | 'seconds' | 'aborted'

/** The run is over. Its variables belong to the receiver, who disposes of them. */
export type EndEvent<P extends Tree = Tree, F extends Tree = Tree> = {
  readonly type: 'end'
  readonly step: number
  readonly reason: EndReason
  readonly loss: number
  readonly seconds: number
  readonly forwardEquivalents: number
  readonly snapshot: Snapshot
  readonly variables: Variables<P, F>
}

/** What {@link fit} tells, in order: one start; metrics, validations and checkpoints; one end. */
export type FitEvent<P extends Tree = Tree, F extends Tree = Tree> =
  | StartEvent
  | MetricsEvent
  | ValidationEvent
  | CheckpointEvent
  | EndEvent<P, F>
