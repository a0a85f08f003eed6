import type { FitEvent, Snapshot } from '@spikeward/train'
import type { TrainConfig } from '../config/trainConfig.js'
import type { Result } from '../run/result.js'
import type { TrainedRun } from './trainedRun.js'

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
