/** Data of a server, which other programs may have written and a person may have changed by hand. */
import { isRecord, isShallow, parseJson, SpikewardError, type Work } from '@spikeward/core'
import { sha256Of } from '@spikeward/core/node'

/** The names under which the server keeps jobs and results. */

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

/** The most characters of a text of the server in a log, a table or a message. */
const SHOWN = 300

/** A text of the server for a terminal: short, on one line, without control characters. */
export function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex
  const line = text.slice(0, SHOWN).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
  return text.length > SHOWN ? `${line}… (${text.length - SHOWN} more characters)` : line
}

/** The label of a job, for people. */
export const labelOf = (data: unknown): string =>
  isRecord(data) && typeof data['label'] === 'string' ? plain(data['label']) : 'a job without a label'

/** How something is removed from a queue, and what goes with it. */
export const clearing = (queue: string, what: 'it' | 'them'): string =>
  `spikeward queue clear ${queue} removes ${what}, with all other jobs and results of that queue`

/**
 * The data of a job, checked: a label, and the name of a task with its input, whose lists and records are nested at
 * most 200 levels deep, since deeper ones overflow the stack of whatever passes them on. The task checks the input.
 *
 * @throws JOB_INVALID
 */
export function jobDataOf(data: unknown, queue: string): JobData {
  const work = isRecord(data) ? data['work'] : null
  if (!isShallow(data))
    throw new SpikewardError(
      'JOB_INVALID',
      `${labelOf(data)} has lists or records that are nested more than 200 levels deep, so this version did not write it; it is set aside as failed; ${clearing(queue, 'it')}`,
    )
  if (isRecord(data) && typeof data['label'] === 'string' && isRecord(work) && typeof work['task'] === 'string')
    return { label: data['label'], work: { task: work['task'], input: work['input'] } }
  throw new SpikewardError(
    'JOB_INVALID',
    `${labelOf(data)} has no label, task and input, so this version did not write it; it is set aside as failed; ${clearing(queue, 'it')}`,
  )
}

/**
 * The result of a job as the server keeps it.
 *
 * @throws QUEUE_RESULT_INVALID
 */
export function resultOf(text: string, label: string, queue: string): unknown {
  try {
    return parseJson(text)
  } catch (cause) {
    throw new SpikewardError(
      'QUEUE_RESULT_INVALID',
      `the result of ${plain(label)} on the server is not JSON: it was altered; ${clearing(queue, 'it')}; then run the same command again`,
      { cause },
    )
  }
}

/** The sources of a program. */
export type ProgramSource = {
  readonly version: string
  /** Null if it was installed and not run from a checkout. */
  readonly commit: string | null
  /** A hash of the differences from the commit; null if there are none. */
  readonly changes: string | null
}

/**
 * The name of a queue for programs with these sources. Other versions could compute other results, so they never take
 * its jobs.
 *
 * @example
 * queueNameOf({ version: '0.1.0', commit: null, changes: null }) // 'trials-0.1.0'
 */
export const queueNameOf = ({ version, commit, changes }: ProgramSource): string =>
  ['trials', commit?.slice(0, 10) ?? version, ...(changes === null ? [] : [changes])].join('-')

/** Whether a queue can have a name: BullMQ refuses others, and a terminal would obey control characters. */
export const isQueueName = (name: string): boolean => name !== '' && !name.includes(':') && plain(name) === name

/** A name that no queue can have, for a terminal. */
export const quoted = (name: string): string => JSON.stringify(plain(name))

/** @throws QUEUE_NAME */
export function checkQueueName(name: string): void {
  if (isQueueName(name)) return
  throw new SpikewardError(
    'QUEUE_NAME',
    `no queue can have the name ${quoted(name)}; choose 1 to 300 characters on one line, without colons and control characters`,
  )
}
