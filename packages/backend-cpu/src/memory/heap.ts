import { type FreeList, type GrowingAllocator, SpikewardError, growingAllocator } from '@spikeward/core/backend'
import { CONTROL_BYTES } from '../threads/barrier.js'

const PAGE = 65536
/** 4 GiB, the range of 32-bit addresses. */
const MAX_PAGES = 65536
const MIN_PAGES = 1024
/** Bytes left free at the end, so that a vector load at the last element stays inside the memory. */
const MARGIN = 64

/** A linear memory and its allocator. */
export interface Heap extends GrowingAllocator {
  readonly memory: WebAssembly.Memory
  readonly maximumPages: number
  /** The number of bytes that can be allocated. */
  readonly capacity: number
}

/** Makes a linear memory of one page that grows up to the engine's limit. */
export function heap(shared: boolean): Heap {
  const { memory, maximumPages } = reserve(shared)
  const capacity = maximumPages * PAGE - CONTROL_BYTES - MARGIN
  let end = PAGE - MARGIN
  let pages = 1

  /** Grows the memory to fit `bytes` bytes at its end, and further if possible, since growing is slow. */
  const grow = (bytes: number, list: FreeList): boolean => {
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
      list.free(end, more * PAGE)
      end += more * PAGE
      return true
    }
    return false
  }
  const allocator = growingAllocator(CONTROL_BYTES, end - CONTROL_BYTES, { backend: 'cpu', capacity, grow })
  return { memory, maximumPages, capacity, ...allocator }
}

/** Reserves as much address space as the engine allows; only grown pages take real memory. */
function reserve(shared: boolean): { memory: WebAssembly.Memory; maximumPages: number } {
  for (let maximum = MAX_PAGES; ; maximum /= 2) {
    try {
      return { memory: new WebAssembly.Memory({ initial: 1, maximum, shared }), maximumPages: maximum }
    } catch (cause) {
      if (maximum <= MIN_PAGES) {
        throw new SpikewardError(
          'OUT_OF_MEMORY',
          `the engine refuses a WebAssembly memory of ${maximum} pages; close other pages or backends`,
          { cause },
        )
      }
    }
  }
}
