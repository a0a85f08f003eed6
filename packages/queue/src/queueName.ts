import { SpikewardError } from '@spikeward/core'
import { plain } from './jobData.js'

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
