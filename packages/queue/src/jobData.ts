/** Data of a server, which other programs may have written and a person may have changed by hand. */
import { SpikewardError, isRecord, isShallow, parseJson } from '@spikeward/core'
import type { JobData } from './jobLayout.js'

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
