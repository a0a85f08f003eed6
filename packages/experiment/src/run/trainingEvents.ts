import type { Backend, Communicator } from '@spikeward/core'
import { overRanks, single } from '@spikeward/distributed'
import type { FitRun, Snapshot } from '@spikeward/train'
import type { TrainConfig } from '../config/trainConfig.js'
import type { Parts } from './buildParts.js'
import { fitParts } from './fitParts.js'

export type TrainingParts = {
  readonly config: TrainConfig
  readonly parts: Parts
  readonly backend: Backend
  readonly resume: Snapshot | null
  /** The ranks that take the steps together; null: this process alone. */
  readonly communicator: Communicator | null
  readonly check?: number | undefined
}

/** The same on every machine, so that a resumed run writes the same lines as an uninterrupted one. */
const everyOf = (steps: number): number => Math.max(1, Math.min(100, Math.round(steps / 400)))

/** Twenty validations a run. With patience they follow solves of the readout, between which errors rise. */
function validateEveryOf({ steps, patience, readoutSolve }: TrainConfig): number {
  const every = patience === null || readoutSolve === null || readoutSolve > steps ? 1 : readoutSolve
  return Math.max(1, Math.round(steps / 20 / every)) * every
}

/** The events of a run, and how to stop it: on all ranks after the same step. */
export function trainingEvents({ config, parts, backend, resume, communicator, check }: TrainingParts): {
  readonly events: FitRun
  readonly stop: () => void
} {
  const { record } = parts.experiment
  const abort = new AbortController()
  const ranks = config.shares === null ? null : overRanks(communicator ?? single(), config.shares)
  const events = fitParts(parts, {
    backend,
    key: config.key,
    ...(record === null ? {} : { model: record }),
    steps: config.steps,
    every: everyOf(config.steps),
    validateEvery: validateEveryOf(config),
    ...(config.patience === null ? {} : { patience: config.patience }),
    checkpointEvery: config.checkpointEvery,
    ...(check === undefined ? {} : { check }),
    ...(ranks === null
      ? { signal: abort.signal }
      : { stepper: ranks.stepper, share: ranks.share, signal: ranks.signal }),
    ...(resume === null ? {} : { resume }),
  })
  return { events, stop: () => (ranks === null ? abort.abort() : ranks.stop()) }
}
