import { type CallOptions, type Communicator, SpikewardError } from '@spikeward/core'
import { communicatorOf } from '../communicators/communicatorOf.js'
import { timedOut } from '../communicators/watched.js'
import { loadAddon } from './mpiAddon.js'

/** Options of {@link mpi}. */
export type MpiOptions = {
  /** How long a call waits for the other ranks, in seconds; default 300. */
  readonly timeoutSeconds?: number
}

/**
 * Microseconds of the first poll, within which a rank on another core usually answers, and of each poll after a turn of
 * the event loop.
 */
const [FIRST_POLL, POLL] = [200, 50] as const

/** Milliseconds of waiting after which the process sleeps between polls. */
const SLEEP_AFTER = 20

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const sleep = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))

/**
 * This process as a rank of an MPI job, started by `mpirun` or by Slurm's `srun --mpi=pmix`. Open MPI is initialised
 * once in a process, on its main thread, and finalised by `close`; a process cannot join again.
 *
 * Collectives are non-blocking: a wait polls for 0.2 ms, then yields to the event loop, so that signals and timers
 * arrive. After 20 ms it sleeps between polls. While the process computes (`meanwhile`), it polls about once a
 * millisecond, because Open MPI moves a message on only when it is called.
 *
 * Before it loads Open MPI, it sets `UCX_MEM_EVENTS=no` and `UCX_HANDLE_ERRORS=none` in `process.env`, unless the
 * environment has them: with other values, UCX is not safe in a process of Node. They stay set, even after
 * MPI_UNAVAILABLE, and processes that this one starts inherit them.
 *
 * @throws MPI_UNAVAILABLE if Open MPI or its binding is absent; calls reject with RANK_TIMEOUT, MPI_FAILED
 * @example
 * const communicator = mpi() // in a program that mpirun -n 2 node program.mjs started
 * await communicator.allreduce(new Float32Array([communicator.rank + 1])) // Float32Array [3]
 */
export function mpi({ timeoutSeconds = 300 }: MpiOptions = {}): Communicator {
  const addon = loadAddon()
  const failing = <R>(call: () => R): R => {
    try {
      return call()
    } catch (cause) {
      throw new SpikewardError(
        'MPI_FAILED',
        `Open MPI reports ${cause instanceof Error ? cause.message : String(cause)}; a rank may have ended, or the network failed; resume from the last checkpoint`,
        { cause },
      )
    }
  }
  const { rank, size } = failing(() => addon.init())

  const complete = async (id: number, { meanwhile }: CallOptions = {}, limit = timeoutSeconds): Promise<void> => {
    const done = (microseconds: number): boolean => failing(() => addon.test(id, microseconds))
    let computing = meanwhile !== undefined
    const computed = Promise.allSettled([meanwhile]).then(() => (computing = false))
    while (computing) {
      if (done(0)) return
      await Promise.race([sleep(), computed])
    }
    if (done(FIRST_POLL)) return
    const begun = performance.now()
    for (;;) {
      const waited = performance.now() - begun
      await (waited > SLEEP_AFTER ? sleep() : nextTurn())
      if (done(POLL)) return
      if (waited > 1000 * limit) throw timedOut(rank, size, limit)
    }
  }
  const collective =
    (operation: 'gather' | 'exchange') =>
    async (from: Uint8Array, options?: CallOptions): Promise<Uint8Array> => {
      const to = new Uint8Array(operation === 'gather' ? from.length * size : from.length)
      await complete(
        failing(() => addon.start(operation, from, to, 0)),
        options,
      )
      return to
    }

  return communicatorOf({
    name: 'mpi',
    rank,
    size,
    gather: collective('gather'),
    exchange: collective('exchange'),
    async broadcast(mine, root) {
      const to = mine.slice()
      await complete(failing(() => addon.start('broadcast', to, to, root)))
      return to
    },
    async close() {
      // A rank that finishes early sleeps here until the others finish: MPI_Finalize would keep a core busy.
      await complete(
        failing(() => addon.start('gather', new Uint8Array(1), new Uint8Array(size), 0)),
        {},
        Infinity,
      )
      addon.finalize()
    },
    abort: () => addon.abort(1),
  })
}
