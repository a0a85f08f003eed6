/** A range of free bytes. */
interface Block {
  address: number
  bytes: number
}

/** Allocates ranges of an address space that may grow at its end. */
export interface FreeList {
  /** The address of `bytes` free bytes, which are then in use; null if no free range is long enough. */
  allocate(bytes: number): number | null
  /** Frees a range, or adds a new one. */
  free(address: number, bytes: number): void
  /** The number of free bytes just before `end`, the end of the address space. */
  tail(end: number): number
}

/**
 * Makes an empty list. It allocates by best fit, from the shortest free range that is long enough, and merges adjacent
 * free ranges. Ranges are in order of address: freeing is a binary search, allocating a scan over the few free ranges.
 */
export function freeList(): FreeList {
  const blocks: Block[] = []
  /** Index of the first free block at or after `address`. */
  const position = (address: number): number => {
    let low = 0
    let high = blocks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (blocks[middle]!.address < address) low = middle + 1
      else high = middle
    }
    return low
  }
  return {
    allocate(bytes) {
      let best = -1
      for (const [i, block] of blocks.entries()) {
        if (block.bytes >= bytes && (best < 0 || block.bytes < blocks[best]!.bytes)) best = i
        if (block.bytes === bytes) break
      }
      if (best < 0) return null
      const block = blocks[best]!
      const { address } = block
      if (block.bytes === bytes) blocks.splice(best, 1)
      else {
        block.address += bytes
        block.bytes -= bytes
      }
      return address
    },
    free(address, bytes) {
      const i = position(address)
      const [before, after] = [blocks[i - 1], blocks[i]]
      const joinsBefore = before !== undefined && before.address + before.bytes === address
      const joinsAfter = after !== undefined && address + bytes === after.address
      if (joinsBefore && joinsAfter) {
        before.bytes += bytes + after.bytes
        blocks.splice(i, 1)
      } else if (joinsBefore) before.bytes += bytes
      else if (joinsAfter) {
        after.address = address
        after.bytes += bytes
      } else blocks.splice(i, 0, { address, bytes })
    },
    tail(end) {
      const last = blocks.at(-1)
      return last !== undefined && last.address + last.bytes === end ? last.bytes : 0
    },
  }
}
