import type { Communicator } from '@spikeward/core'
import { cellsOf } from './partition.js'
import type { Range } from './partition.js'
import { nodesIn, sumTree } from './sumTree.js'
import type { Sums } from './sumTree.js'

/** Numbers of a chunk: 256 KiB in f32, so that a chunk stays in a core's cache while it is summed. */
const CHUNK = 1 << 16

/**
 * The sum of one array per share, for `count` shares, of which every rank holds those that `cellsOf` assigns to it:
 * over the tree of `sumTree`, with the same bits on every rank and for any number of ranks.
 *
 * A rank sums the subtrees that it holds completely. In chunks, each rank then receives its slice of all subtrees, sums
 * it, and all gather the slices: a rank sends about twice the array, as in an allreduce, and up to log₂ times that if
 * the shares do not divide evenly.
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
  for (let at = 0; at < like.length; at += CHUNK) {
    const length = Math.min(CHUNK, like.length - at)
    const slice = Math.ceil(length / size)
    const parts = Array.from({ length: size }, (_, to) => {
      const part = new make(most * slice)
      own.forEach((sum, i) =>
        part.set(sum.subarray(at + to * slice, at + Math.min((to + 1) * slice, length)), i * slice),
      )
      return part
    })
    const received = await exchange(parts)
    const known = (range: Range): T | undefined => {
      for (const [r, nodes] of nodesOf.entries()) {
        const i = nodes.findIndex((node) => node.from === range.from && node.to === range.to)
        if (i >= 0) return received[r]!.subarray(i * slice, (i + 1) * slice) as T
      }
      return undefined
    }
    const slices = await allgather(sumTree(whole, known))
    slices.forEach((s, r) => total.set(s.subarray(0, Math.max(0, Math.min(slice, length - r * slice))), at + r * slice))
  }
  return total
}
