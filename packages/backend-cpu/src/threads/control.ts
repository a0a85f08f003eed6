/**
 * The first bytes of linear memory synchronise threads. These are the byte offsets of 32-bit cells; cells that threads
 * spin on have separate cache lines.
 */
export const control = {
  /** Incremented for every command to the workers, which sleep on it. */
  epoch: 64,
  /** Workers asleep on `epoch`. */
  sleepers: 128,
  /** The command: its kind, its module, and its table or bytes. */
  command: 192,
  module: 196,
  argument: 200,
  length: 204,
  /** Number of workers that have finished a command that asks for it. */
  done: 256,
  /** The barrier: threads that have arrived, its turn, and threads asleep on the turn. */
  arrived: 320,
  turn: 384,
  waiters: 448,
  /** Not 0 once a thread has failed; then no thread waits any more. */
  failed: 512,
} as const

/** Size of the control cells; data starts after them. */
export const CONTROL_BYTES = 1024

export const commands = { run: 1, load: 2, unload: 3, exit: 4 } as const
