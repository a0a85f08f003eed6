import type { Communicator } from '@spikeward/core'
import { cellsOf } from './partition.js'
import type { Range } from './partition.js'
import { nodesIn, sumTree } from './sumTree.js'
import type { Sums } from './sumTree.js'

/** Numbers of a chunk: 256 KiB in f32, so that a chunk stays in a core's cache while it is summed. */
const CHUNK = 1 << 16

/** Chunks on the wire while another is packed or summed. */
const AHEAD = 4

/** Marks a promise as handled, so that its failure is reported only when it is awaited. */
function held<R>(promise: Promise<R>): Promise<R> {
  promise.catch(() => undefined)
  return promise
}

/**
 * The sum of one array per share, for `count` shares, of which every rank holds those that `cellsOf` assigns to it:
 * over the tree of `sumTree`, with the same bits on every rank and for any number of ranks.
 *
 * A rank sums the subtrees that it holds completely. In chunks, each rank then receives its slice of all subtrees, sums
 * it, and all gather the slices: a rank sends about twice the array, as in an allreduce, and up to log₂ times that if
 * the shares do not divide evenly. Some chunks are on the wire while the next is packed and an earlier one is summed. All ranks start
 * the same calls in the same order: exchange c + AHEAD, then the gathering of chunk c.
 *
 * @param leaves the arrays of this rank's shares, in order
 */
export async function reduceShares<T extends Sums>(
  { rank, size, allgather, exchange }: Communicator,
  count: number,
  leaves: readonly T[],
  like: T,
): Promise<T> {
  const whole: Range = { from: 0, to: count }
  const nodesOf = Array.from({ length: size }, (_, r) => nodesIn(cellsOf(r, size, count), whole))
  const { from } = cellsOf(rank, size, count)
  const own = nodesOf[rank]!.map((node) =>
    sumTree<T>(node, (r) => (r.to - r.from === 1 ? leaves[r.from - from] : undefined)),
  )
  if (size === 1) return own[0]!
  const most = Math.max(...nodesOf.map((nodes) => nodes.length))
  const make = like.constructor as new (length: number) => T
  const total = new make(like.length)
  const starts = Array.from({ length: Math.ceil(like.length / CHUNK) }, (_, c) => c * CHUNK)
  const sizeAt = (at: number): { length: number; slice: number } => {
    const length = Math.min(CHUNK, like.length - at)
    return { length, slice: Math.ceil(length / size) }
  }
  const send = (at: number): Promise<T[]> => {
    const { length, slice } = sizeAt(at)
    const parts = Array.from({ length: size }, (_, to) => {
      const part = new make(most * slice)
      own.forEach((sum, i) =>
        part.set(sum.subarray(at + to * slice, at + Math.min((to + 1) * slice, length)), i * slice),
      )
      return part
    })
    return held(exchange(parts))
  }
  const sumOf = (received: readonly T[], slice: number): T =>
    sumTree<T>(whole, (range) => {
      for (const [r, nodes] of nodesOf.entries()) {
        const i = nodes.findIndex((node) => node.from === range.from && node.to === range.to)
        if (i >= 0) return received[r]!.subarray(i * slice, (i + 1) * slice) as T
      }
      return undefined
    })
  const place = (slices: readonly T[], at: number): void => {
    const { length, slice } = sizeAt(at)
    slices.forEach((s, r) => total.set(s.subarray(0, Math.max(0, Math.min(slice, length - r * slice))), at + r * slice))
  }
  const sent = starts.slice(0, AHEAD).map(send)
  const gathered: Promise<T[]>[] = []
  for (const [c, at] of starts.entries()) {
    const received = await sent[c]!
    const next = starts[c + AHEAD]
    if (next !== undefined) sent.push(send(next))
    gathered.push(held(allgather(sumOf(received, sizeAt(at).slice))))
    if (c >= AHEAD) place(await gathered[c - AHEAD]!, starts[c - AHEAD]!)
  }
  for (const [c, at] of starts.entries()) if (c >= starts.length - AHEAD) place(await gathered[c]!, at)
  return total
}
