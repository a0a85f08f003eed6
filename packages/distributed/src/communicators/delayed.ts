import type { Communicator } from '@spikeward/core'

/** A modelled connection: seconds of latency a message, and bytes a second. */
export type Link = { readonly latency: number; readonly bandwidth: number }

/**
 * A communicator over a modelled slow link: before each call it waits the time that the call's messages would take,
 *
 *     ⌈log₂ N⌉ · latency + bytes received / bandwidth
 *
 * for N ranks: messages of a collective travel along a tree, and a rank receives through one connection. A model for experiments, not a
 * network.
 */
export function delayed(communicator: Communicator, { latency, bandwidth }: Link): Communicator {
  const hops = Math.ceil(Math.log2(communicator.size))
  const wait = (bytes: number): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, 1000 * (hops * latency + bytes / bandwidth)))
  const others = communicator.size - 1
  return {
    ...communicator,
    async allgather(mine) {
      await wait(mine.byteLength * others)
      return communicator.allgather(mine)
    },
    async exchange(parts) {
      await wait((parts[0]?.byteLength ?? 0) * others)
      return communicator.exchange(parts)
    },
    async allreduce(mine) {
      // Two phases: each rank receives a slice from all, then the sums of the others.
      await wait((mine.byteLength / communicator.size) * others)
      await wait((mine.byteLength / communicator.size) * others)
      return communicator.allreduce(mine)
    },
    async broadcast(mine, root) {
      await wait(mine.byteLength)
      return communicator.broadcast(mine, root)
    },
    async barrier() {
      await wait(0)
      return communicator.barrier()
    },
  }
}
