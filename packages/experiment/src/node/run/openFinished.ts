/** Opens an existing run for use: its settings, its parts and its newest variables. */
import { SpikewardError } from '@spikeward/core'
import type { Backend } from '@spikeward/core'
import { checkModel, restoreVariables } from '@spikeward/train'
import type { Snapshot, Variables } from '@spikeward/train'
import { openRun } from '@spikeward/train/node'
import type { RunFolder } from '@spikeward/train/node'
import { buildParts } from '../../run/buildParts.js'
import type { Parts } from '../../run/buildParts.js'
import { AUTO, openBackend } from '../../catalogue/kinds/openBackend.js'
import { readConfig } from '../../config/stored/readConfig.js'
import { storedComponents } from '../../assembly/network/rebuildNetwork.js'
import type { TrainConfig } from '../../config/trainConfig.js'
import type { Io } from '../../io/io.js'
import { asUsage, messageOf } from '../../usage/usageError.js'

export type OpenOptions = {
  readonly backend?: string
  readonly threads?: number
  readonly quiet: boolean
  /** Use the newest checkpoint even if the run stored its best state or a last solve. */
  readonly last?: boolean
}

/** An opened run; disposing it closes the backend. */
export type OpenedRun = AsyncDisposable & {
  readonly path: string
  readonly config: TrainConfig
  readonly parts: Parts
  readonly snapshot: Snapshot
  readonly backend: Backend
  readonly backendName: string
  readonly variables: Variables
}

/** The state that a run reported, with the name of its file; null if there is none. Files that it does not need may be damaged. */
async function reported(
  run: RunFolder,
  { patience }: TrainConfig,
  last: boolean,
): Promise<{ readonly file: string; readonly snapshot: Snapshot } | null> {
  const solved = last ? null : await run.solved()
  if (solved !== null) return { file: 'solved.safetensors', snapshot: solved }
  const best = last || patience === null ? null : await run.best()
  if (best !== null) return { file: 'best.safetensors', snapshot: best }
  const newest = await run.checkpoint()
  return newest === null ? null : { file: 'checkpoint.safetensors', snapshot: newest }
}

/**
 * Opens a run at the variables that it reported: its last solve of the readouts if it has one, else the best state of a run with patience,
 * else its newest checkpoint. It writes nothing.
 */
export async function openFinished(path: string, options: OpenOptions, io: Io): Promise<OpenedRun> {
  const run = await openRun(path)
  const config = readConfig(run.config, `${run.path}/config.json`)
  const opened = await reported(run, config, options.last === true)
  if (opened === null) {
    throw new SpikewardError(
      'RUN_FOLDER_INVALID',
      `${run.path} contains no checkpoint yet: the run was stopped before its first one; start it with: spikeward resume ${run.path}`,
    )
  }
  const { file, snapshot } = opened
  // A run is evaluated on the backend that trained it, unless another one is named.
  const backendName = options.backend === undefined || options.backend === AUTO ? config.backend : options.backend
  const parts = await buildParts(config, { io, quiet: options.quiet, components: storedComponents(snapshot) })
  const backend = await asUsage(() => openBackend(backendName, options.threads ?? config.threads))
  try {
    const { record } = parts.experiment
    if (record !== null) checkModel(record, snapshot.model)
    const variables = await restoreVariables(parts.experiment.task, snapshot, { backend })
    const close = (): Promise<void> => Promise.resolve(backend[Symbol.asyncDispose]())
    return { path: run.path, config, parts, snapshot, backend, backendName, variables, [Symbol.asyncDispose]: close }
  } catch (error) {
    // The error of the state is reported, not another one of closing the backend.
    await Promise.resolve(backend[Symbol.asyncDispose]()).catch(() => undefined)
    if (!(error instanceof SpikewardError) || error.code !== 'CHECKPOINT_MISMATCH') throw error
    const what = messageOf(error)
    throw new SpikewardError(error.code, `${run.path}/${file}: ${what}`, { cause: error })
  }
}
