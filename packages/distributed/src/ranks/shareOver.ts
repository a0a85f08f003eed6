import type { Communicator } from '@spikeward/core'
import type { ShareOut } from '@spikeward/train'
import { cellsOf } from './partition.js'

/** Independent parts of work over the ranks of a group, contiguous and as even as can be; every rank gets all results. */
export const shareOver =
  (communicator: Communicator): ShareOut =>
  async (count, part) => {
    const { rank, size } = communicator
    const { from, to } = cellsOf(rank, size, count)
    const mine: Float64Array[] = []
    for (let i = from; i < to; i++) mine.push(await part(i))
    if (size === 1) return mine
    // A rank without a part does not know how many numbers the others send.
    const lengths = await communicator.allgather(Uint32Array.of(mine[0]?.length ?? 0))
    const each = Math.max(...lengths.map(([length]) => length!))
    const most = Math.ceil(count / size)
    const packed = new Float64Array(most * each)
    mine.forEach((numbers, i) => packed.set(numbers, i * each))
    const all = await communicator.allgather(packed)
    return all.flatMap((numbers, r) => {
      const own = cellsOf(r, size, count)
      return Array.from({ length: own.to - own.from }, (_, i) => numbers.subarray(i * each, (i + 1) * each))
    })
  }
