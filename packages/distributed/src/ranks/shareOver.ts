import { type Communicator, type ShareOut, SpikewardError } from '@spikeward/core'
import { cellsOf } from './partition.js'

/** Tells the other ranks that a part failed. */
const FAILED = 0xffff_ffff

/**
 * Distributes independent parts of work over the ranks of a group, in contiguous ranges that are as even as possible;
 * every rank gets all results. If a part fails, the call rejects on every rank.
 *
 * @throws RANK_FAILED on the ranks whose own parts did not fail
 */
export const shareOver =
  (communicator: Communicator): ShareOut =>
  async (count, part) => {
    const { rank, size } = communicator
    const { from, to } = cellsOf(rank, size, count)
    const mine: Float64Array[] = []
    let failure: { readonly error: unknown } | undefined
    try {
      for (let i = from; i < to; i++) mine.push(await part(i))
    } catch (error) {
      failure = { error }
    }
    if (size > 1) {
      // A rank without a part must first learn how many numbers the others send.
      const own = failure === undefined ? (mine[0]?.length ?? 0) : FAILED
      const lengths = (await communicator.allgather(Uint32Array.of(own))).map(([length]) => length!)
      const failed = lengths.indexOf(FAILED)
      if (failed >= 0 && failure === undefined) {
        throw new SpikewardError(
          'RANK_FAILED',
          `a part of the work failed on rank ${failed}; its own error gives the reason`,
        )
      }
      if (failure === undefined) return gatherParts(communicator, count, mine, Math.max(...lengths))
    }
    if (failure !== undefined) throw failure.error
    return mine
  }

/** The parts of all ranks, `each` numbers a part. */
async function gatherParts(
  communicator: Communicator,
  count: number,
  mine: readonly Float64Array[],
  each: number,
): Promise<Float64Array[]> {
  const { size } = communicator
  const most = Math.ceil(count / size)
  const packed = new Float64Array(most * each)
  mine.forEach((numbers, i) => packed.set(numbers, i * each))
  const all = await communicator.allgather(packed)
  return all.flatMap((numbers, r) => {
    const own = cellsOf(r, size, count)
    return Array.from({ length: own.to - own.from }, (_, i) => numbers.subarray(i * each, (i + 1) * each))
  })
}
