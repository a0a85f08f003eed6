import { broadcastBytes } from '@spikeward/distributed'
import type { Communicator } from '@spikeward/core'
import { decodeCheckpoint, encodeCheckpoint } from '@spikeward/train'
import type { Snapshot } from '@spikeward/train'
import { readConfig, toRecord } from '../config/stored/readConfig.js'
import type { TrainConfig } from '../config/trainConfig.js'

export type Job = {
  readonly config: TrainConfig
  readonly resume: Snapshot | null
  /** Seconds that a step may wait for other ranks. */
  readonly timeout: number
}

type Head = { readonly config: Record<string, unknown>; readonly timeout: number; readonly resumes: boolean }
type DataHead = { readonly config: Record<string, unknown>; readonly split: DataOrder['split'] }
type BackendHead = { readonly config: Record<string, unknown>; readonly compare: 'backend' }

export async function sendJob(communicator: Communicator, job: Job | null): Promise<void> {
  const head =
    job === null ? null : { config: toRecord(job.config), timeout: job.timeout, resumes: job.resume !== null }
  await broadcastBytes(communicator, new TextEncoder().encode(JSON.stringify(head)))
  if (job?.resume) await broadcastBytes(communicator, encodeCheckpoint(job.resume))
}

/** A set of functions that all ranks solve for together, each a part of them. */
export type DataOrder = { readonly config: TrainConfig; readonly split: 'train' | 'validation' | 'test' }

export async function sendDataOrder(communicator: Communicator, { config, split }: DataOrder): Promise<void> {
  const head = { config: toRecord(config), split }
  await broadcastBytes(communicator, new TextEncoder().encode(JSON.stringify(head)))
}

/** The backend of these settings, which all ranks open and compare before rank 0 writes anything. */
export type BackendOrder = { readonly config: TrainConfig; readonly compare: 'backend' }

export async function sendBackendOrder(communicator: Communicator, config: TrainConfig): Promise<void> {
  const head: BackendHead = { config: toRecord(config), compare: 'backend' }
  await broadcastBytes(communicator, new TextEncoder().encode(JSON.stringify(head)))
}

/** The message of rank 0: a run, data to help with or a backend to compare; null if there is nothing more to take part in. */
export async function receiveJob(communicator: Communicator): Promise<Job | DataOrder | BackendOrder | null> {
  const text = new TextDecoder().decode(await broadcastBytes(communicator, null))
  const head = JSON.parse(text) as Head | DataHead | BackendHead | null
  if (head === null) return null
  const config = readConfig(head.config, 'the settings that rank 0 sent')
  if ('split' in head) return { config, split: head.split }
  if ('compare' in head) return { config, compare: head.compare }
  const resume = head.resumes ? decodeCheckpoint(await broadcastBytes(communicator, null)) : null
  return { config, resume, timeout: head.timeout }
}
