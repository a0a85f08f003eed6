/** Opens an existing run for use: its settings, its parts and its newest variables. */
import type { Exportable } from '@spikeward/export'
import {
  checkModel,
  encodeCheckpoint,
  type FitEvent,
  restoreVariables,
  type Snapshot,
  type Variables,
} from '@spikeward/train'
import { type RunFolder, openRun, record } from '@spikeward/train/node'
import { loadNetwork } from '../../assembly/loadNetwork.js'
import { exportable } from '../../deployment/exportable.js'
import { type StoredRun, type TrainedRun, trainedRun } from '../../train/trainedRun.js'
import { checkWritable, prepareFolder } from './prepareFolder.js'
import { cp } from 'node:fs/promises'
import { type Result, isResult, measuredResult } from '../../run/result.js'
import { asUsage, messageOf, usageError } from '../../usage/usageError.js'
import { type Backend, SpikewardError } from '@spikeward/core'
import { type Parts, buildParts } from '../../run/buildParts.js'
import type { Source } from '../../run/startFrom.js'
import { AUTO, openBackend } from '../../catalogue/make.js'
import { type TrainConfig, readConfig } from '../../config/trainConfig.js'
import { storedComponents } from '../../assembly/network/rebuildNetwork.js'
import { type Io, silentIo } from '../../io/io.js'

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
  /** Whether it is the state with the least validation error, of an earlier step perhaps than the last. */
  readonly isBest: boolean
  readonly backend: Backend
  readonly backendName: string
  readonly variables: Variables
}

const BEST = 'best.safetensors'

/**
 * The state that a run reported, with the name of its file; null if there is none. Files that it does not need may be
 * damaged.
 */
async function reported(
  run: RunFolder,
  { patience }: TrainConfig,
  last: boolean,
): Promise<{ readonly file: string; readonly snapshot: Snapshot } | null> {
  const solved = last ? null : await run.solved()
  if (solved !== null) return { file: 'solved.safetensors', snapshot: solved }
  const best = last || patience === null ? null : await run.best()
  if (best !== null) return { file: BEST, snapshot: best }
  const newest = await run.checkpoint()
  return newest === null ? null : { file: 'checkpoint.safetensors', snapshot: newest }
}

/** The settings of a run and the state that it reported, without its data. */
export async function readSource(path: string, last = false): Promise<Source & { readonly file: string }> {
  const run = await openRun(path)
  const config = readConfig(run.config, `${run.path}/config.json`)
  const opened = await reported(run, config, last)
  if (opened === null)
    throw new SpikewardError(
      'RUN_FOLDER_INVALID',
      `${run.path} contains no checkpoint yet: the run was stopped before its first one; start it with: spikeward resume ${run.path}`,
    )
  return { name: run.path, config, ...opened }
}

/**
 * Opens a run at the variables that it reported: its last solve of the readouts if it has one, else the best state of a
 * run with patience, else its newest checkpoint. It writes nothing.
 */
export async function openFinished(path: string, options: OpenOptions, io: Io): Promise<OpenedRun> {
  const { name, config, file, snapshot } = await readSource(path, options.last)
  // A run is evaluated on the backend that trained it, unless another one is named.
  const backendName = options.backend === undefined || options.backend === AUTO ? config.backend : options.backend
  const parts = await buildParts(config, { io, quiet: options.quiet, components: storedComponents(snapshot) })
  const backend = await asUsage(() => openBackend(backendName, options.threads ?? config.threads))
  try {
    const { record } = parts.experiment
    if (record !== null) checkModel(record, snapshot.model)
    const variables = await restoreVariables(parts.experiment.task, snapshot, { backend })
    const close = (): Promise<void> => Promise.resolve(backend[Symbol.asyncDispose]())
    const isBest = file === BEST
    return {
      path: name,
      config,
      parts,
      snapshot,
      isBest,
      backend,
      backendName,
      variables,
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    // The error of the state is reported, not another one of closing the backend.
    await Promise.resolve(backend[Symbol.asyncDispose]()).catch(() => undefined)
    if (!(error instanceof SpikewardError) || error.code !== 'CHECKPOINT_MISMATCH') throw error
    const what = messageOf(error)
    throw new SpikewardError(error.code, `${name}/${file}: ${what}`, { cause: error })
  }
}

export async function loadRun(path: string): Promise<TrainedRun> {
  const opened = await openFinished(path, { quiet: true }, silentIo)
  const summary = await (await openRun(path)).summary()
  const { config, parts, variables, snapshot } = opened
  // A run that did not end is measured at its newest checkpoint.
  const measured = async (): Promise<Omit<Result, 'run'>> =>
    measuredResult(config, parts.experiment, snapshot, await parts.experiment.measure(variables, 'test'), null, 0)
  const { run: _, ...result } = summary !== null && isResult(summary) ? summary : { run: path, ...(await measured()) }
  return trainedRun({
    ...opened,
    result,
    async save(folder) {
      await checkWritable(folder)
      await cp(opened.path, folder, { recursive: true, force: false, errorOnExist: true }).catch((cause: unknown) => {
        throw usageError('CLI_FOLDER_IN_USE', `${folder} cannot be written; name a folder that does not exist`, cause)
      })
    },
  })
}

async function* inOrder(events: readonly FitEvent[]): AsyncGenerator<FitEvent> {
  for (const event of events) yield await Promise.resolve(event)
}

export async function saveRun(path: string, { config, events, solved, result }: StoredRun): Promise<void> {
  const folder = await prepareFolder(path, false)
  const run = await folder.create(config)
  await using _claim = await run.claim()
  for await (const _ of record(run, inOrder(events)));
  if (solved !== null) await run.saveSolved(solved)
  await run.saveSummary({ run: run.path, ...result, figures: [] })
}

/**
 * The network of a run as a file holds it, rebuilt from its checkpoint alone, with the names of its numbers.
 *
 * @param backend holds its variables; default: the reference backend
 * @throws those of {@link loadNetwork}
 */
export async function exportableOf(
  { config, parts, snapshot }: OpenedRun,
  backend?: Backend,
): Promise<Exportable & Disposable> {
  const { experiment } = parts
  const model = experiment.record ?? undefined
  const loaded = await loadNetwork(encodeCheckpoint({ ...snapshot, ...(model === undefined ? {} : { model }) }), {
    plugins: true,
    ...(backend === undefined ? {} : { backend }),
  })
  const { network, variables } = loaded
  return { ...exportable({ config, experiment, network, variables }), [Symbol.dispose]: () => loaded[Symbol.dispose]() }
}
