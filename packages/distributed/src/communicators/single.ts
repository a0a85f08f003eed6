import type { Communicator } from '@spikeward/core'
import { communicatorOf } from './communicatorOf.js'

/**
 * A group of one rank, for a process that runs alone. Its collectives return their inputs and send nothing.
 *
 * @example
 * const alone = single()
 * await alone.allreduce(new Float32Array([1, 2])) // Float32Array [1, 2]
 */
export const single = (): Communicator =>
  communicatorOf({
    name: 'single',
    rank: 0,
    size: 1,
    gather: (mine) => Promise.resolve(mine.slice()),
    exchange: (parts) => Promise.resolve(parts.slice()),
    broadcast: (mine) => Promise.resolve(mine.slice()),
    close: () => Promise.resolve(),
    abort: () => undefined,
  })
