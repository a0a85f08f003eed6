import { lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { isRecord, parseJson, SpikewardError, type Tree } from '@spikeward/core'
import { decodeCheckpoint, encodeCheckpoint } from '../checkpoint/encodeCheckpoint.js'
import type { JsonRecord, Snapshot } from '../checkpoint/snapshot.js'
import {
  TEMPORARY,
  fileError,
  makeFolder,
  readIfThere,
  syncFolder,
  temporaryName,
  writeDurably,
  writeError,
  writeWhole,
  writing,
} from '@spikeward/core/node'
import type { FitEvent } from '../fit/events.js'
import { type Claim, type ClaimOptions, claimFolder } from './claim/claimFolder.js'
import { type MetricLine, appendMetrics, readMetrics, rewindMetrics } from './metricsFile.js'

/**
 * A run on disk: `config.json` (settings), `metrics.jsonl` (one record per line), `checkpoint.safetensors` (the newest
 * state), `best.safetensors` (the state with the lowest validation error, in a run with `patience`),
 * `solved.safetensors` (the variables that it ended with, if its readouts were solved for once more after the last
 * step) and `summary.json` (once it is done). Each file is replaced whole or not at all; metrics are appended.
 */
export type RunFolder = {
  readonly path: string
  readonly config: JsonRecord
  /**
   * Claims the folder for this process. Throws RUN_FOLDER_BUSY if another process holds it, RUN_FOLDER_INVALID if
   * another file lies in the place of its claims. Later writes throw RUN_FOLDER_LOST if another process has taken the
   * folder over. Every write throws FILE_UNWRITABLE or DISK_FULL where the system refuses it.
   */
  claim(options?: ClaimOptions): Promise<Claim>
  /**
   * The newest checkpoint, or null before the first one. Throws CHECKPOINT_TRUNCATED or CHECKPOINT_CORRUPT, with the
   * file's path.
   */
  checkpoint(): Promise<Snapshot | null>
  /** The state with the lowest validation error, or null if the run stored none. Throws as `checkpoint` does. */
  best(): Promise<Snapshot | null>
  /** The variables with the readouts of the last solve, or null if the run stored none. Throws as `checkpoint` does. */
  solved(): Promise<Snapshot | null>
  metrics(): Promise<readonly MetricLine[]>
  /** Null until the run is done. Throws RUN_FOLDER_INVALID. */
  summary(): Promise<JsonRecord | null>
  /**
   * Replaces the checkpoint, after all metrics so far have reached the disk. Throws DISK_FULL and keeps the old
   * checkpoint.
   */
  saveCheckpoint(snapshot: Snapshot): Promise<void>
  /** Replaces the best state. Throws DISK_FULL and keeps the old one. */
  saveBest(snapshot: Snapshot): Promise<void>
  /** Replaces the variables of the last solve. No run continues from them. Throws DISK_FULL and keeps the old ones. */
  saveSolved(snapshot: Snapshot): Promise<void>
  appendMetrics(lines: readonly MetricLine[]): Promise<void>
  /** Replaces `config.json`, for a run that continues with other settings. `config` of this record does not change. */
  saveConfig(config: JsonRecord): Promise<void>
  saveSummary(summary: JsonRecord): Promise<void>
  /**
   * Takes the folder back to `step`: drops later metrics, a torn line, a later best state, a last solve, a summary, and
   * unfinished files.
   */
  rewind(step: number): Promise<void>
}

const CONFIG = 'config.json'
const METRICS = 'metrics.jsonl'
const CHECKPOINT = 'checkpoint.safetensors'
const BEST = 'best.safetensors'
const SOLVED = 'solved.safetensors'
const SUMMARY = 'summary.json'

/** Names of the files that a run folder may hold; figures and other files are the caller's. */
export const runFolderFiles: readonly string[] = [CONFIG, METRICS, CHECKPOINT, BEST, SOLVED, SUMMARY]

const toText = (value: JsonRecord): string => `${JSON.stringify(value, null, 2)}\n`

function parseRecord(path: string, bytes: Uint8Array): JsonRecord {
  let value: unknown
  try {
    value = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new SpikewardError(
      'RUN_FOLDER_INVALID',
      `${path} is not JSON as this program writes it (${(cause as Error).message}); it was altered; restore it, or start a new run`,
      { cause },
    )
  }
  if (!isRecord(value)) {
    throw new SpikewardError(
      'RUN_FOLDER_INVALID',
      `${path} is not a JSON object; it was altered; restore it, or start a new run`,
    )
  }
  return value as JsonRecord
}

/** Decodes a checkpoint; errors begin with the file's path. */
function decodeNamed(path: string, bytes: Uint8Array): Snapshot {
  try {
    return decodeCheckpoint(bytes)
  } catch (cause) {
    if (!(cause instanceof SpikewardError)) throw cause
    const { code, message } = cause
    throw new SpikewardError(code, `${path}: ${message.replace(` [${code}]`, '')}`, { cause })
  }
}

function runFolder(path: string, config: JsonRecord): RunFolder {
  const [metrics, checkpoint, best, solved, summary] = [METRICS, CHECKPOINT, BEST, SOLVED, SUMMARY].map((name) =>
    join(path, name),
  ) as [string, string, string, string, string]
  const read = async (file: string): Promise<Snapshot | null> => {
    const bytes = await readIfThere(file)
    return bytes === null ? null : decodeNamed(file, bytes)
  }
  const save = async (file: string, snapshot: Snapshot): Promise<void> => {
    await claim?.check()
    await appendMetrics(metrics, [], true)
    await writeWhole(file, encodeCheckpoint(snapshot))
  }
  /** The claim of this process, checked before every write: another process may have taken the folder over. */
  let claim: Claim | null = null
  return {
    path,
    config,
    async claim(options) {
      claim = await claimFolder(path, options)
      return claim
    },
    checkpoint: () => read(checkpoint),
    best: () => read(best),
    solved: () => read(solved),
    metrics: () => readMetrics(metrics),
    async summary() {
      const bytes = await readIfThere(summary)
      return bytes === null ? null : parseRecord(summary, bytes)
    },
    saveCheckpoint: (snapshot) => save(checkpoint, snapshot),
    saveBest: (snapshot) => save(best, snapshot),
    saveSolved: (snapshot) => save(solved, snapshot),
    async appendMetrics(lines) {
      await claim?.check()
      await appendMetrics(metrics, lines)
    },
    async saveConfig(value) {
      await claim?.check()
      await writeWhole(join(path, CONFIG), toText(value))
    },
    async saveSummary(value) {
      await claim?.check()
      await writeWhole(summary, toText(value))
    },
    async rewind(step) {
      await claim?.check()
      await rewindMetrics(metrics, step)
      await writing(path, async () => {
        await Promise.all([summary, solved].map((file) => rm(file, { force: true })))
        // The same steps write the same best state again; other settings may never reach it.
        if (((await read(best).catch(() => null))?.step ?? 0) > step) await rm(best, { force: true })
        const left = (await readdir(path)).filter((name) => name.startsWith(TEMPORARY))
        await Promise.all(left.map((name) => rm(join(path, name), { force: true })))
      })
    },
  }
}

/** Whether a path holds anything but an empty folder. */
async function isTaken(target: string): Promise<boolean> {
  try {
    return (await readdir(target)).length > 0
  } catch (error) {
    const there = await lstat(target).then(
      () => true,
      () => false,
    )
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return there
    throw there ? fileError(target, error) : writeError(target, error)
  }
}

/**
 * Makes a run folder. It is atomic: if the process dies, the folder either exists with its config or does not exist.
 *
 * @param path the folder to make, with its parents; an empty folder may exist
 * @param config everything that the run depends on: `openRun` gives it back
 * @param files further files of the folder by name, written with it
 * @throws RUN_FOLDER_EXISTS if the path is taken; nothing is overwritten
 * @throws DISK_FULL, FILE_UNWRITABLE if the system refuses; no folder is made
 */
export async function createRun(
  path: string,
  config: JsonRecord,
  files: Readonly<Record<string, Uint8Array>> = {},
): Promise<RunFolder> {
  const target = resolve(path)
  const isOccupied = await isTaken(target)
  const exists = (cause?: unknown): SpikewardError =>
    new SpikewardError(
      'RUN_FOLDER_EXISTS',
      `${target} exists and is not empty; a new run never overwrites files; name another folder, or resume the run in this one`,
      { cause },
    )
  if (isOccupied) throw exists()
  const temporary = temporaryName(target)
  await makeFolder(dirname(target))
  await writing(target, () => mkdir(temporary))
  try {
    for (const [name, bytes] of Object.entries(files)) await writeDurably(join(temporary, name), bytes)
    await writeDurably(join(temporary, CONFIG), toText(config))
    await syncFolder(temporary)
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined)
    const code = (error as NodeJS.ErrnoException).code
    throw code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR' || code === 'EPERM'
      ? exists(error)
      : writeError(target, error, 'no folder was made')
  }
  await syncFolder(dirname(target))
  return runFolder(target, config)
}

/**
 * Opens a run folder that {@link createRun} made. Reads config.json alone, and changes nothing.
 *
 * @throws RUN_FOLDER_INVALID if there is no such folder, or if it is not a run folder; FILE_UNREADABLE if the system
 *   refuses
 */
export async function openRun(path: string): Promise<RunFolder> {
  const target = resolve(path)
  const isFolder = await stat(target).then(
    (s) => s.isDirectory(),
    () => false,
  )
  if (!isFolder)
    throw new SpikewardError(
      'RUN_FOLDER_INVALID',
      `${target} is not a folder; give the folder that a training run printed at its end`,
    )
  const config = await readIfThere(join(target, CONFIG))
  if (config === null) {
    throw new SpikewardError(
      'RUN_FOLDER_INVALID',
      `${target} holds no ${CONFIG}, so it is not a run folder; give the folder that a training run printed at its end`,
    )
  }
  return runFolder(target, parseRecord(join(target, CONFIG), config))
}

/**
 * Writes a run's events to its folder and passes them on: metrics and validations as lines, checkpoints and best states
 * to their files. The start event first rewinds the folder to its step, so that a resumed run leaves the same files as
 * an uninterrupted one. An event is written before it is passed on.
 *
 * The caller writes the summary, which may hold more than the events do.
 *
 * @example
 * const run = await openRun('runs/hat')
 * const resume = await run.checkpoint()
 * for await (const e of record(run, fit({ ...options, ...(resume && { resume }) }))) console.log(e.type)
 */
export async function* record<P extends Tree, F extends Tree>(
  run: RunFolder,
  events: AsyncIterable<FitEvent<P, F>>,
): AsyncGenerator<FitEvent<P, F>, void, undefined> {
  for await (const event of events) {
    if (event.type === 'start') await run.rewind(event.step)
    else if (event.type === 'metrics' || event.type === 'validation') await run.appendMetrics([event])
    else if (event.type === 'checkpoint') await run.saveCheckpoint(event.snapshot)
    else if (event.type === 'best') await run.saveBest(event.snapshot)
    yield event
  }
}
