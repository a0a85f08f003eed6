/**
 * The first bytes of linear memory are not for data: threads meet there. Byte offsets of 32-bit cells, each on a cache
 * line of its own where threads spin on it.
 */
export const control = {
  /** Raised by one for every command to the workers; they sleep on it. */
  epoch: 64,
  /** Workers asleep on `epoch`. */
  sleepers: 128,
  /** The command: what to do, for which module, with which table or bytes. */
  command: 192,
  module: 196,
  argument: 200,
  length: 204,
  /** Workers that have finished a command which asks for it. */
  done: 256,
  /** Barrier: threads that have arrived, its turn, and threads asleep on the turn. */
  arrived: 320,
  turn: 384,
  waiters: 448,
  /** Not 0 once a thread has failed: nobody waits any more. */
  failed: 512,
} as const

/** Bytes that are set aside: data starts behind them. */
export const CONTROL_BYTES = 1024

export const commands = { run: 1, load: 2, unload: 3, exit: 4 } as const
