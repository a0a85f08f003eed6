/** The names under which the server keeps jobs and results. */
import type { Work } from '@spikeward/core'
import { sha256Of } from '@spikeward/core/node'

/** The prefix of all keys. */
export const PREFIX = 'spikeward'

/** The default name of a queue. */
export const DEFAULT_NAME = 'trials'

/** The key of the set of all queues' names. */
export const NAMES = `${PREFIX}-queues`

/** The data of a job, as a worker receives it. */
export type JobData = { readonly label: string; readonly work: Work }

/**
 * The hash of a job's identity, which is its id in the queue. It begins with a letter, because BullMQ assigns numeric
 * ids itself.
 */
export const jobIdOf = (identity: string): string => `j${sha256Of([identity]).slice(0, 32)}`

/** The key of a finished job's result. */
export const resultKey = (queue: string, jobId: string): string => `${PREFIX}-result:${queue}:${jobId}`

/** Results are kept for this number of seconds (a week), for a second or an interrupted command. */
export const KEEP_SECONDS = 7 * 24 * 3600
