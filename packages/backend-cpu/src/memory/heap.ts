import { SpikewardError, freeList } from '@spikeward/core/backend'
import { CONTROL_BYTES } from '../threads/control.js'

/** Allocations start at multiples of this number of bytes, a cache line. */
const ALIGNMENT = 64

const PAGE = 65536
/** 4 GiB, the range of 32-bit addresses. */
const MOST_PAGES = 65536
const LEAST_PAGES = 1024
/** Bytes left free at the end, so that a vector load at the last element stays inside the memory. */
const MARGIN = 64

/** A linear memory and its allocator. Addresses are byte offsets, multiples of 64. */
export interface Heap {
  readonly memory: WebAssembly.Memory
  readonly maximumPages: number
  /** The number of bytes that can be allocated. */
  readonly capacity: number
  /**
   * Allocates `bytes` bytes, and grows the memory if needed. `what` names the purpose in the error.
   * @throws OUT_OF_MEMORY
   */
  take(bytes: number, what: string): number
  give(address: number, bytes: number): void
}

/** Makes a linear memory of one page that grows up to the engine's limit. */
export function heap(shared: boolean): Heap {
  const { memory, maximumPages } = reserve(shared)
  const capacity = maximumPages * PAGE - CONTROL_BYTES - MARGIN
  const list = freeList()
  let end = PAGE - MARGIN
  let pages = 1
  let used = 0
  list.give(CONTROL_BYTES, end - CONTROL_BYTES)

  /** Grows the memory to fit `bytes` bytes at its end, and further if possible, since growing is slow. */
  const grow = (bytes: number): boolean => {
    const least = Math.ceil((bytes - list.tail(end)) / PAGE)
    const generous = Math.max(least, Math.min(Math.ceil(pages / 4), 4096), 64)
    for (const more of [Math.min(generous, maximumPages - pages), least]) {
      if (more < least || pages + more > maximumPages) continue
      try {
        memory.grow(more)
      } catch {
        continue
      }
      pages += more
      list.give(end, more * PAGE)
      end += more * PAGE
      return true
    }
    return false
  }
  const rounded = (bytes: number): number => Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT)
  return {
    memory,
    maximumPages,
    capacity,
    take(bytes, what) {
      const size = rounded(bytes)
      const address = list.take(size) ?? (grow(size) ? list.take(size) : null)
      if (address === null) {
        throw new SpikewardError(
          'OUT_OF_MEMORY',
          `${what} needs ${bytes} bytes; ${used} of ${capacity} bytes are in use, and no free range is ` +
            'long enough; free tensors, or use smaller batches, chunks of time or fewer directions',
        )
      }
      used += size
      return address
    },
    give(address, bytes) {
      const size = rounded(bytes)
      used -= size
      list.give(address, size)
    },
  }
}

/** Reserves as much address space as the engine allows; only grown pages take real memory. */
function reserve(shared: boolean): { memory: WebAssembly.Memory; maximumPages: number } {
  for (let maximum = MOST_PAGES; ; maximum /= 2) {
    try {
      return { memory: new WebAssembly.Memory({ initial: 1, maximum, shared }), maximumPages: maximum }
    } catch (cause) {
      if (maximum <= LEAST_PAGES) {
        throw new SpikewardError(
          'OUT_OF_MEMORY',
          `the engine refuses a WebAssembly memory of ${maximum} pages; close other pages or backends`,
          { cause },
        )
      }
    }
  }
}
