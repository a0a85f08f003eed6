import { broadcastBytes } from '@spikeward/distributed'
import type { Communicator } from '@spikeward/core'
import { decodeCheckpoint, encodeCheckpoint } from '@spikeward/train'
import type { Snapshot } from '@spikeward/train'
import { readConfig, toRecord } from '../config/readConfig.js'
import type { TrainConfig } from '../config/trainConfig.js'

/** What rank 0 tells the others to take part in. */
export type Job = {
  readonly config: TrainConfig
  readonly resume: Snapshot | null
  /** Seconds that a step may wait for other ranks. */
  readonly timeout: number
}

/** Seconds that a step waits for other ranks if nothing is said. */
export const RANK_TIMEOUT = 300

/** Sends a job to all ranks, or that there is none. */
export async function sendJob(communicator: Communicator, job: Job | null): Promise<void> {
  const head =
    job === null ? null : { config: toRecord(job.config), timeout: job.timeout, resumes: job.resume !== null }
  await broadcastBytes(communicator, new TextEncoder().encode(JSON.stringify(head)))
  if (job?.resume) await broadcastBytes(communicator, encodeCheckpoint(job.resume))
}

/** What rank 0 sent; null if there is nothing to take part in. */
export async function receiveJob(communicator: Communicator): Promise<Job | null> {
  const text = new TextDecoder().decode(await broadcastBytes(communicator, null))
  const head = JSON.parse(text) as { config: Record<string, unknown>; timeout: number; resumes: boolean } | null
  if (head === null) return null
  const resume = head.resumes ? decodeCheckpoint(await broadcastBytes(communicator, null)) : null
  return { config: readConfig(head.config, 'the settings that rank 0 sent'), resume, timeout: head.timeout }
}
