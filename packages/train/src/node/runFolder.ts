import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import { decodeCheckpoint, encodeCheckpoint } from '../checkpoint/checkpoint.js'
import type { Snapshot } from '../checkpoint/snapshot.js'
import { TEMPORARY, readIfThere, syncFolder, temporaryName, writeDurably, writeWhole } from '@spikeward/core/node'
import { claimFolder } from './claim/claimFolder.js'
import type { Claim, ClaimOptions } from './claim/claimFolder.js'
import { appendMetrics, readMetrics, rewindMetrics } from './metricsFile.js'
import type { MetricLine } from './metricsFile.js'

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** A JSON record: a run's settings or its summary. */
export type JsonRecord = { readonly [name: string]: Json }

/**
 * A run on disk: `config.json` (settings), `metrics.jsonl` (one record a line), `checkpoint.safetensors` (the newest
 * state) and `summary.json` (once it is done). Each is replaced whole or not at all; metrics are only ever appended.
 */
export type RunFolder = {
  readonly path: string
  readonly config: JsonRecord
  /**
   * Makes this process the one that writes here. Throws RUN_FOLDER_BUSY where another one does. Writing throws RUN_FOLDER_LOST
   * where another process took the folder over meanwhile: see {@link claimFolder}.
   */
  claim(options?: ClaimOptions): Promise<Claim>
  /** The newest checkpoint, null where none was written yet. Throws CHECKPOINT_TRUNCATED or CHECKPOINT_CORRUPT, with the file's path. */
  checkpoint(): Promise<Snapshot | null>
  metrics(): Promise<readonly MetricLine[]>
  /** Null until the run is done. Throws RUN_FOLDER_INVALID. */
  summary(): Promise<JsonRecord | null>
  /** Metrics so far reach the disk before the checkpoint takes the place of the one before. */
  saveCheckpoint(snapshot: Snapshot): Promise<void>
  appendMetrics(lines: readonly MetricLine[]): Promise<void>
  /** Replaces the settings: for a run that goes on with others. `config` stays what it was when the folder was opened. */
  saveConfig(config: JsonRecord): Promise<void>
  saveSummary(summary: JsonRecord): Promise<void>
  /** Makes the folder what it was at `step`: drops later metrics, a torn line, a summary, and unfinished files. */
  rewind(step: number): Promise<void>
}

const CONFIG = 'config.json'
const METRICS = 'metrics.jsonl'
const CHECKPOINT = 'checkpoint.safetensors'
const SUMMARY = 'summary.json'

const toText = (value: JsonRecord): string => `${JSON.stringify(value, null, 2)}\n`

function parseRecord(path: string, bytes: Uint8Array): JsonRecord {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new SpikewardError(
      'RUN_FOLDER_INVALID',
      `${path} is not JSON; it was altered; restore it, or start a new run`,
      { cause },
    )
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SpikewardError(
      'RUN_FOLDER_INVALID',
      `${path} holds no JSON record; it was altered; restore it, or start a new run`,
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
  const [metrics, checkpoint, summary] = [METRICS, CHECKPOINT, SUMMARY].map((name) => join(path, name)) as [
    string,
    string,
    string,
  ]
  /** Every write asks first whether the folder was lost to another process meanwhile. */
  let held: Claim | null = null
  return {
    path,
    config,
    async claim(options) {
      held = await claimFolder(path, options)
      return held
    },
    async checkpoint() {
      const bytes = await readIfThere(checkpoint)
      return bytes === null ? null : decodeNamed(checkpoint, bytes)
    },
    metrics: () => readMetrics(metrics),
    async summary() {
      const bytes = await readIfThere(summary)
      return bytes === null ? null : parseRecord(summary, bytes)
    },
    async saveCheckpoint(snapshot) {
      await held?.check()
      await appendMetrics(metrics, [], true)
      await writeWhole(checkpoint, encodeCheckpoint(snapshot))
    },
    async appendMetrics(lines) {
      await held?.check()
      await appendMetrics(metrics, lines)
    },
    async saveConfig(value) {
      await held?.check()
      await writeWhole(join(path, CONFIG), toText(value))
    },
    async saveSummary(value) {
      await held?.check()
      await writeWhole(summary, toText(value))
    },
    async rewind(step) {
      await held?.check()
      await rewindMetrics(metrics, step)
      await rm(summary, { force: true })
      const left = (await readdir(path)).filter((name) => name.startsWith(TEMPORARY))
      await Promise.all(left.map((name) => rm(join(path, name), { force: true })))
    },
  }
}

/**
 * Starts a run folder: it is there with its config, or not there at all, whenever the process dies.
 *
 * @param path the folder to make; its parents are made as well; an empty folder may be there already
 * @param config everything that the run depends on: what `openRun` gives back
 * @throws RUN_FOLDER_EXISTS where something is there already; nothing is overwritten
 */
export async function createRun(path: string, config: JsonRecord): Promise<RunFolder> {
  const target = resolve(path)
  const taken = await readdir(target).then(
    (names) => names.length > 0,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  )
  const exists = (cause?: unknown): SpikewardError =>
    new SpikewardError(
      'RUN_FOLDER_EXISTS',
      `${target} is there already and not empty; a run overwrites nothing; name another folder, or resume the run in it`,
      { cause },
    )
  if (taken) throw exists()
  await mkdir(dirname(target), { recursive: true })
  const temporary = temporaryName(target)
  await mkdir(temporary)
  try {
    await writeDurably(join(temporary, CONFIG), toText(config))
    await syncFolder(temporary)
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    const code = (error as NodeJS.ErrnoException).code
    throw code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR' || code === 'EPERM' ? exists(error) : error
  }
  await syncFolder(dirname(target))
  return runFolder(target, config)
}

/**
 * Opens a run folder that {@link createRun} made. Reads config.json alone; changes nothing.
 *
 * @throws RUN_FOLDER_INVALID where there is no such folder, or it is no run folder
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
      `${target} is no folder; give the folder that a training run named at its end`,
    )
  const config = await readIfThere(join(target, CONFIG))
  if (config === null) {
    throw new SpikewardError(
      'RUN_FOLDER_INVALID',
      `${target} holds no ${CONFIG}, so it is no run folder; give the folder that a training run named at its end`,
    )
  }
  return runFolder(target, parseRecord(join(target, CONFIG), config))
}
