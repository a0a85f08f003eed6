import type { FitEvent, Snapshot, Variables } from '@spikeward/train'
import type { TrainConfig } from '../config/trainConfig.js'
import type { Result } from '../run/result.js'
import type { Backend } from '@spikeward/core'
import type { Experiment } from '../assembly/experiment.js'
import type { Baselines } from '../baselines/baselines.js'
import { NO_FACTS, baselinesOf } from '../baselines/runBaselines.js'
import type { Parts } from '../run/buildParts.js'
import { type PredictOptions, type Prediction, predictAt } from './predict.js'

/**
 * A trained run. It holds a backend until it is disposed of; a program that ends needs no `await using`.
 */
export type TrainedRun = AsyncDisposable & {
  /** Every setting, also those that the problem's tuned settings gave. */
  readonly config: TrainConfig
  /** Relative L2 error on the test split: of an operator the mean of the errors per function; NaN if the solution is not known. */
  readonly relativeL2: number
  /** The same over all functions and points together. */
  readonly relativeL2Pooled: number
  /** Errors on the test split of other ways to learn the same data; null where one is not defined, or was left out. */
  readonly baselines: Baselines
  /** The numbers that the command prints with `--json`, without the folder. */
  readonly result: Omit<Result, 'run'>
  readonly experiment: Experiment
  readonly variables: Variables
  /** The newest state of the training, for `encodeCheckpoint` of `@spikeward/train`. */
  readonly snapshot: Snapshot
  /**
   * Values of the learned function, solution or operator.
   *
   * @example
   * const { values } = await run.predict({ input: (x) => Math.sin(2 * Math.PI * x), at: { x, t } })
   * @throws CLI_USAGE if input or places do not fit the problem
   */
  predict(options: PredictOptions): Promise<Prediction>
  /**
   * Writes the run to a new folder, which the command's `evaluate`, `predict`, `export` and `resume` read.
   *
   * @throws CLI_FOLDER_IN_USE, CLI_UNWRITABLE; RUN_NOT_NAMED for a run with parts of a program's own; NEEDS_NODE in a page
   */
  save(folder: string): Promise<void>
}

export type TrainedParts = {
  readonly config: TrainConfig
  readonly parts: Parts
  readonly backend: Backend
  readonly variables: Variables
  readonly snapshot: Snapshot
  readonly result: Omit<Result, 'run'>
  save(folder: string): Promise<void>
}

export function trainedRun({ config, parts, backend, variables, snapshot, result, save }: TrainedParts): TrainedRun {
  const { experiment } = parts
  return {
    config,
    relativeL2: result.relativeL2 ?? NaN,
    relativeL2Pooled: result.relativeL2Pooled ?? NaN,
    baselines: result.baselines ?? baselinesOf(result.baselineRidge, NO_FACTS),
    result,
    experiment,
    variables,
    snapshot,
    predict: (options) => predictAt(experiment, variables, options),
    save,
    [Symbol.asyncDispose]: async () => backend[Symbol.asyncDispose](),
  }
}

export type StoredRun = {
  readonly config: TrainConfig
  /** The events that are written, in their order. */
  readonly events: readonly FitEvent[]
  readonly solved: Snapshot | null
  readonly result: Omit<Result, 'run'>
}

export type RunFolders = {
  /** @throws CLI_FOLDER_IN_USE, CLI_UNWRITABLE, NEEDS_NODE in a page */
  save(path: string, run: StoredRun): Promise<void>
  /** @throws RUN_FOLDER_INVALID, NEEDS_NODE in a page */
  load(path: string): Promise<TrainedRun>
}
