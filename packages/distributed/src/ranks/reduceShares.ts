import type { CallOptions, Communicator } from '@spikeward/core'
import { type Range, cellsOf } from './partition.js'
import { type Sums, nodesIn, sumTree } from './sumTree.js'

/** Numbers of a chunk: 256 KiB in f32, so that a chunk stays in a core's cache while it is summed. */
const CHUNK = 1 << 16

/** Chunks on the wire while another is packed or summed. */
const AHEAD = 4

/** A part of the arrays that are summed. */
export type Addends<T extends Sums> = {
  readonly length: number
  /** This part of the arrays of this rank's shares, in order; it may arrive later than that of other parts. */
  readonly leaves: Promise<readonly T[]>
}

/** Marks a promise as handled, so that its failure is reported only when it is awaited. */
export function markHandled<R>(promise: Promise<R>): Promise<R> {
  promise.catch(() => undefined)
  return promise
}

/** A chunk of part `of`, from element `at` on; each rank sums a slice of it. */
type Chunk = { readonly of: number; readonly at: number; readonly length: number; readonly slice: number }

/**
 * The sum of one array per share, for `count` shares, of which every rank holds those that `cellsOf` assigns to it:
 * over the tree of `sumTree`, with the same bits on every rank and for any number of ranks. Arrays come in parts, and
 * the first part is on the wire while a rank still computes the next.
 *
 * A rank sums the subtrees that it holds completely. In chunks, each rank then receives its slice of all subtrees, sums
 * it, and all gather the slices: a rank sends about twice the array, as in an allreduce, and up to log₂ times that if
 * the shares do not divide evenly. Some chunks are on the wire while the next is packed and an earlier one is summed.
 * All ranks start the same calls in the same order, whenever their parts arrive: the gathering of chunk c, then
 * exchange c + AHEAD.
 *
 * @param parts of the arrays, in the order of their arrival, which is the same on every rank
 * @param make an array of zeros
 * @param options `meanwhile`: the computation of the parts
 * @returns the sum, in parts
 */
export async function reduceShares<T extends Sums>(
  { rank, size, allgather, exchange }: Communicator,
  count: number,
  parts: readonly Addends<T>[],
  make: new (length: number) => T,
  options: CallOptions = {},
): Promise<T[]> {
  const whole: Range = { from: 0, to: count }
  const nodesOf = Array.from({ length: size }, (_, r) => nodesIn(cellsOf(r, size, count), whole))
  const { from } = cellsOf(rank, size, count)
  const subtrees = parts.map(({ leaves }) =>
    markHandled(
      leaves.then((arrived) =>
        nodesOf[rank]!.map((node) =>
          sumTree<T>(node, (r) => (r.to - r.from === 1 ? arrived[r.from - from] : undefined)),
        ),
      ),
    ),
  )
  if (size === 1) return Promise.all(subtrees.map(async (own) => (await own)[0]!))
  const most = Math.max(...nodesOf.map((nodes) => nodes.length))
  const totals = parts.map(({ length }) => new make(length))
  const chunks = parts.flatMap(({ length: all }, of) =>
    Array.from({ length: Math.ceil(all / CHUNK) }, (_, c): Chunk => {
      const length = Math.min(CHUNK, all - c * CHUNK)
      return { of, at: c * CHUNK, length, slice: Math.ceil(length / size) }
    }),
  )
  const send = (own: readonly T[], { at, length, slice }: Chunk): Promise<T[]> => {
    const blocks = Array.from({ length: size }, (_, to) => {
      const block = new make(most * slice)
      own.forEach((sum, i) =>
        block.set(sum.subarray(at + to * slice, at + Math.min((to + 1) * slice, length)), i * slice),
      )
      return block
    })
    return markHandled(exchange(blocks, options))
  }
  const sumOf = (received: readonly T[], { slice }: Chunk): T =>
    sumTree<T>(whole, (range) => {
      for (const [r, nodes] of nodesOf.entries()) {
        const i = nodes.findIndex((node) => node.from === range.from && node.to === range.to)
        if (i >= 0) return received[r]!.subarray(i * slice, (i + 1) * slice) as T
      }
      return undefined
    })
  const place = (slices: readonly T[], { of, at, length, slice }: Chunk): void => {
    for (const [r, sum] of slices.entries()) {
      // A chunk of few numbers has no slice for the last ranks.
      const left = length - r * slice
      if (left > 0) totals[of]!.set(sum.subarray(0, Math.min(slice, left)), at + r * slice)
    }
  }
  const sent: Promise<T[]>[] = []
  const gathered: Promise<T[]>[] = []
  for (let c = 0; c < chunks.length + 2 * AHEAD; c++) {
    const [summed, copy] = [chunks[c - AHEAD], chunks[c - 2 * AHEAD]]
    if (summed !== undefined) gathered.push(markHandled(allgather(sumOf(await sent[c - AHEAD]!, summed), options)))
    if (copy !== undefined) place(await gathered[c - 2 * AHEAD]!, copy)
    const chunk = chunks[c]
    if (chunk !== undefined) sent.push(send(await subtrees[chunk.of]!, chunk))
  }
  return totals
}
