import { SpikewardError } from '@spikeward/core'

/** How long a queue or a worker waits for its server. */
export type ConnectSettings = {
  /**
   * Milliseconds after which an attempt to connect counts as failed, from 1 to 2,147,483,647 (the longest that a timer
   * waits); default 10,000. If the first attempt takes longer, it ends with QUEUE_UNREACHABLE, or with QUEUE_TLS for an
   * encrypted connection, because a server without TLS does not answer. Choose it longer on a machine that is very
   * busy.
   */
  readonly connectMs?: number
}

/** The longest delay of a timer of Node, which replaces longer ones by 1 ms. */
const LONGEST = 2 ** 31 - 1

/**
 * The time limit of an attempt to connect, in milliseconds.
 *
 * @throws INVALID_OPTION
 */
export function connectMsOf({ connectMs = 10_000 }: ConnectSettings): number {
  if (connectMs >= 1 && connectMs <= LONGEST) return connectMs
  throw new SpikewardError(
    'INVALID_OPTION',
    `connectMs is ${connectMs}, and a timer waits from 1 to ${LONGEST} ms; choose a number in this range`,
  )
}
