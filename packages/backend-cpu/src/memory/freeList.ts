/** Everything starts at a multiple of so many bytes: a cache line. */
export const ALIGNMENT = 64

/** A stretch of bytes. */
interface Block {
  address: number
  bytes: number
}

/** Hands out stretches of an address range that grows at its end. */
export interface FreeList {
  /** The address of `bytes` free bytes (a multiple of the alignment), or null where no stretch is long enough. */
  take(bytes: number): number | null
  give(address: number, bytes: number): void
  /** The free bytes right before the end of the range: growing by the rest is enough. */
  tail(end: number): number
}

/**
 * Best fit: of all free stretches the shortest that is long enough; neighbours that become free are joined. The list is
 * kept in order of address, so joining looks at two entries; taking looks at all, and there are few.
 */
export function freeList(): FreeList {
  const free: Block[] = []
  /** Index of the first free block at or behind `address`. */
  const position = (address: number): number => {
    let low = 0
    let high = free.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (free[middle]!.address < address) low = middle + 1
      else high = middle
    }
    return low
  }
  return {
    take(bytes) {
      let best = -1
      for (const [i, block] of free.entries()) {
        if (block.bytes >= bytes && (best < 0 || block.bytes < free[best]!.bytes)) best = i
        if (block.bytes === bytes) break
      }
      if (best < 0) return null
      const block = free[best]!
      const { address } = block
      if (block.bytes === bytes) free.splice(best, 1)
      else {
        block.address += bytes
        block.bytes -= bytes
      }
      return address
    },
    give(address, bytes) {
      const i = position(address)
      const [before, after] = [free[i - 1], free[i]]
      const joinsBefore = before !== undefined && before.address + before.bytes === address
      const joinsAfter = after !== undefined && address + bytes === after.address
      if (joinsBefore && joinsAfter) {
        before.bytes += bytes + after.bytes
        free.splice(i, 1)
      } else if (joinsBefore) before.bytes += bytes
      else if (joinsAfter) {
        after.address = address
        after.bytes += bytes
      } else free.splice(i, 0, { address, bytes })
    },
    tail(end) {
      const last = free.at(-1)
      return last !== undefined && last.address + last.bytes === end ? last.bytes : 0
    },
  }
}
