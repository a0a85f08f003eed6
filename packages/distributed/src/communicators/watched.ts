import { type Communicator, SpikewardError } from '@spikeward/core'

/** The error of a rank whose wait exceeded its limit. */
export const timedOut = (rank: number, size: number, seconds: number): SpikewardError =>
  new SpikewardError(
    'RANK_TIMEOUT',
    `rank ${rank} of ${size} waited ${seconds} s for the others: one of them hangs, is far slower or has ended; ` +
      'check its output and its machine; a longer timeout helps slow ranks; continue from the last checkpoint',
  )

/**
 * Wraps a communicator so that its calls reject with RANK_TIMEOUT after `seconds`, regardless of the limit of the
 * wrapped one. Ranks may wait long for data at the start, but only briefly for each other in training steps. The
 * wrapped call continues: end the group by `abort`.
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
    allgather: (mine, options) => within(communicator.allgather(mine, options)),
    exchange: (parts, options) => within(communicator.exchange(parts, options)),
    allreduce: (mine) => within(communicator.allreduce(mine)),
    broadcast: (mine, root) => within(communicator.broadcast(mine, root)),
    barrier: () => within(communicator.barrier()),
  }
}
