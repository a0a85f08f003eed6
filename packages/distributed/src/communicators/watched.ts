import type { Communicator } from '@spikeward/core'
import { timedOut } from './timedOut.js'

/**
 * A communicator whose calls reject with RANK_TIMEOUT after a number of seconds, regardless of the limit of the wrapped
 * one: for training steps, where ranks wait for each other briefly, after a start where they may wait long for data.
 * The wrapped call continues: end the group by `abort`.
 */
export function watched(communicator: Communicator, seconds: number): Communicator {
  const within = <R>(call: Promise<R>): Promise<R> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(timedOut(communicator.rank, communicator.size, seconds)),
        Math.min(1000 * seconds, 0x7fff_ffff),
      )
      const settled = (): void => clearTimeout(timer)
      call.finally(settled).then(resolve, reject)
    })
  return {
    ...communicator,
    allgather: (mine) => within(communicator.allgather(mine)),
    exchange: (parts) => within(communicator.exchange(parts)),
    allreduce: (mine) => within(communicator.allreduce(mine)),
    broadcast: (mine, root) => within(communicator.broadcast(mine, root)),
    barrier: () => within(communicator.barrier()),
  }
}
