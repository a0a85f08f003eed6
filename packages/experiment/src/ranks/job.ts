import { type Cut, broadcastBytes } from '@spikeward/distributed'
import type { NetworkEntry } from '../catalogue/kinds/networks.js'
import { type TrainConfig, readConfig, toRecord } from '../config/trainConfig.js'
import { genericSizes } from '../catalogue/kinds/networkSizes.js'
import { usageError } from '../usage/usageError.js'
import type { Communicator } from '@spikeward/core'
import { type Snapshot, decodeCheckpoint, encodeCheckpoint } from '@spikeward/train'

export type Job = {
  readonly config: TrainConfig
  readonly resume: Snapshot | null
  /** Seconds that a step may wait for other ranks. */
  readonly timeout: number
}

/** A set of functions that all ranks solve for together, each a part of them. */
export type DataOrder = { readonly config: TrainConfig; readonly split: 'train' | 'validation' | 'test' }

/** The backend of these settings, which all ranks open and compare before rank 0 writes anything. */
export type BackendOrder = { readonly config: TrainConfig; readonly compare: 'backend' }

type Head = { readonly config: Record<string, unknown> } & (
  | { readonly timeout: number; readonly resumes: boolean }
  | Omit<DataOrder, 'config'>
  | Omit<BackendOrder, 'config'>
)

export async function sendJob(communicator: Communicator, job: Job | DataOrder | BackendOrder | null): Promise<void> {
  const resume = job !== null && 'resume' in job ? job.resume : null
  const head =
    job === null ? null : { ...job, config: toRecord(job.config), resume: undefined, resumes: resume !== null }
  await broadcastBytes(communicator, new TextEncoder().encode(JSON.stringify(head)))
  if (resume !== null) await broadcastBytes(communicator, encodeCheckpoint(resume))
}

/**
 * The message of rank 0: a run, data to help with or a backend to compare; null if there is nothing more to take part
 * in.
 */
export async function receiveJob(communicator: Communicator): Promise<Job | DataOrder | BackendOrder | null> {
  const text = new TextDecoder().decode(await broadcastBytes(communicator, null))
  const head = JSON.parse(text) as Head | null
  if (head === null) return null
  const config = readConfig(head.config, 'the settings that rank 0 sent')
  if ('split' in head) return { config, split: head.split }
  if ('compare' in head) return { config, compare: head.compare }
  const resume = head.resumes ? decodeCheckpoint(await broadcastBytes(communicator, null)) : null
  return { config, resume, timeout: head.timeout }
}

/**
 * Default shares of the batch if there are several ranks. They do not depend on the number of ranks, so neither do the
 * bits.
 */
const counts = [8, 4, 2] as const

/**
 * Adds the shares that a step is cut into: the given ones, or shares of the batch if several ranks train.
 *
 * @param ranks the number of ranks; null if the command runs alone
 */
export function withShares(config: TrainConfig, shares: Cut | 'none' | undefined, ranks: number | null): TrainConfig {
  if (shares !== undefined) {
    if (shares === 'none' && (ranks ?? 1) > 1) throw usageError('CLI_USAGE', uncut(ranks ?? 1))
    return { ...config, shares: shares === 'none' ? null : shares }
  }
  if (ranks === null) return config
  const batch = counts.find((n) => config.batch % n === 0)
  if (batch === undefined)
    throw usageError(
      'CLI_USAGE',
      `a batch of ${config.batch} in equal shares for ${ranks} ranks; give an even --batch, or --shares directions:n for an estimator along directions`,
    )
  return { ...config, shares: { directions: 1, batch } }
}

/** Why several ranks cannot take the steps of a run that is not cut. */
export const uncut = (ranks: number): string =>
  `${ranks} ranks for a run whose steps are not cut into shares: each would do all of it; begin a run with --shares batch:8, or run it without mpirun`

/** The settings of what one share evaluates: its part of the batch and of the collocation points. */
export function shareOf(config: TrainConfig, network: Pick<NetworkEntry, 'kind' | 'separable'>): TrainConfig {
  const { shares } = config
  if (shares === null || shares.batch === 1) return config
  if (config.batch % shares.batch !== 0)
    throw usageError(
      'CLI_USAGE',
      `a batch of ${config.batch} in ${shares.batch} shares; give --batch a multiple of the shares`,
    )
  const batch = config.batch / shares.batch
  const fromEquation =
    config.loss === 'physics' || config.loss === 'hybrid' || (network.kind === 'pinn' && config.loss === null)
  if (!fromEquation) return { ...config, batch }
  if (network.separable)
    throw usageError(
      'CLI_USAGE',
      'a grid of collocation points is not cut into shares of the batch; give --shares directions:n',
    )
  return { ...config, batch, collocation: Math.ceil((config.collocation ?? genericSizes.collocation) / shares.batch) }
}
