import { broadcastBytes } from '@spikeward/distributed'
import type { Communicator } from '@spikeward/core'
import { decodeCheckpoint, encodeCheckpoint } from '@spikeward/train'
import type { Snapshot } from '@spikeward/train'
import { readConfig, toRecord } from '../config/readConfig.js'
import type { TrainConfig } from '../config/trainConfig.js'

/** The work in which rank 0 includes the other ranks. */
export type Job = {
  readonly config: TrainConfig
  readonly resume: Snapshot | null
  /** Seconds that a step may wait for other ranks. */
  readonly timeout: number
}

/** The texts that rank 0 sends: for a job, and for data. */
type Head = { readonly config: Record<string, unknown>; readonly timeout: number; readonly resumes: boolean }
type DataHead = { readonly config: Record<string, unknown>; readonly split: DataOrder['split'] }

/** Sends all ranks a job, or the message that there is none. */
export async function sendJob(communicator: Communicator, job: Job | null): Promise<void> {
  const head =
    job === null ? null : { config: toRecord(job.config), timeout: job.timeout, resumes: job.resume !== null }
  await broadcastBytes(communicator, new TextEncoder().encode(JSON.stringify(head)))
  if (job?.resume) await broadcastBytes(communicator, encodeCheckpoint(job.resume))
}

/** A set of functions that all ranks solve for together, each a part of them. */
export type DataOrder = { readonly config: TrainConfig; readonly split: 'train' | 'validation' | 'test' }

/** Asks all ranks to help with a set of functions. */
export async function sendDataOrder(communicator: Communicator, { config, split }: DataOrder): Promise<void> {
  const head = { config: toRecord(config), split }
  await broadcastBytes(communicator, new TextEncoder().encode(JSON.stringify(head)))
}

/** What rank 0 sent, a run or data to help with; null if there is nothing more to take part in. */
export async function receiveJob(communicator: Communicator): Promise<Job | DataOrder | null> {
  const text = new TextDecoder().decode(await broadcastBytes(communicator, null))
  const head = JSON.parse(text) as Head | DataHead | null
  if (head === null) return null
  const config = readConfig(head.config, 'the settings that rank 0 sent')
  if ('split' in head) return { config, split: head.split }
  const resume = head.resumes ? decodeCheckpoint(await broadcastBytes(communicator, null)) : null
  return { config, resume, timeout: head.timeout }
}
