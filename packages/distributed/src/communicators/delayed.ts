import type { Communicator } from '@spikeward/core'

/** A modelled connection: seconds of latency a message, and bytes a second. */
export type Link = { readonly latency: number; readonly bandwidth: number }

/**
 * A communicator over a modelled slow link: each call takes additionally the time of its messages,
 *
 *     ⌈log₂ N⌉ · latency + bytes received / bandwidth
 *
 * for N ranks: the messages of a collective travel along a tree, and each rank has one connection. Concurrent calls use
 * the connection one after another; their latencies overlap. This is a model for experiments, not a network.
 */
export function delayed(communicator: Communicator, { latency, bandwidth }: Link): Communicator {
  const hops = Math.ceil(Math.log2(communicator.size))
  const others = communicator.size - 1
  let idleFrom = 0
  const after = async <R>(call: Promise<R>, bytes: number): Promise<R> => {
    const result = await call
    const now = performance.now()
    idleFrom = Math.max(now, idleFrom) + (1000 * bytes) / bandwidth
    await new Promise((resolve) => setTimeout(resolve, idleFrom - now + 1000 * hops * latency))
    return result
  }
  return {
    ...communicator,
    allgather: (mine, options) => after(communicator.allgather(mine, options), mine.byteLength * others),
    exchange: (parts, options) => after(communicator.exchange(parts, options), (parts[0]?.byteLength ?? 0) * others),
    async allreduce(mine) {
      // Two phases: each rank receives a slice from all, then the sums of the others.
      const slices = (mine.byteLength / communicator.size) * others
      return after(after(communicator.allreduce(mine), slices), slices)
    },
    broadcast: (mine, root) => after(communicator.broadcast(mine, root), mine.byteLength),
    barrier: () => after(communicator.barrier(), 0),
  }
}
