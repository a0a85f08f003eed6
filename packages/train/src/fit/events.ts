import type { Tree, Variables } from '@spikeward/core'
import type { Checked } from './checkStep.js'
import type { Snapshot } from '../checkpoint/snapshot.js'

/** The run begins, or continues from a snapshot. */
export type StartEvent = {
  readonly type: 'start'
  /** Steps taken before this run. */
  readonly step: number
  /** The number of learned values. */
  readonly parameters: number
  readonly backend: string
}

/** Loss, speed and cost, every `every` steps. */
export type MetricsEvent = {
  readonly type: 'metrics'
  readonly step: number
  /** Loss of the last step alone: with mini-batches it is noisy. */
  readonly loss: number
  /** Seconds of training, including earlier parts of the run, without validation and checkpoints. */
  readonly seconds: number
  readonly stepsPerSecond: number
  /** Forward passes of the network spent so far. */
  readonly forwardEquivalents: number
}

/** The error on the validation points, every `validateEvery` steps. */
export type ValidationEvent = {
  readonly type: 'validation'
  readonly step: number
  readonly seconds: number
  readonly relativeL2: number
  /** `'residual'` if `relativeL2` is the residual of an equation whose solution is not known; absent for an error. */
  readonly measure?: 'residual'
}

/** A validation gave the lowest error so far, in a run with `patience`. */
export type BestEvent = {
  readonly type: 'best'
  readonly step: number
  readonly relativeL2: number
  readonly snapshot: Snapshot
}

/** The state of the run, every `checkpointEvery` steps and at the end. Its parameters are finite. */
export type CheckpointEvent = { readonly type: 'checkpoint'; readonly step: number; readonly snapshot: Snapshot }

/** A check passed, every `check` steps. */
export type CheckEvent = { readonly type: 'check' } & Checked

/** Why a run ended. */
export type EndReason = 'steps' | 'seconds' | 'patience' | 'aborted'

/** The run is over. The receiver owns its variables, and disposes of them. */
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

/** The events of `fit`, in order: one start; metrics, validations, best states and checkpoints; one end. */
export type FitEvent<P extends Tree = Tree, F extends Tree = Tree> =
  | StartEvent
  | MetricsEvent
  | ValidationEvent
  | BestEvent
  | CheckpointEvent
  | CheckEvent
  | EndEvent<P, F>
