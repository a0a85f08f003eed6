import { SpikewardError } from '../errors.js'
import { type FreeList, freeList } from './freeList.js'

/** Allocations start at multiples of this number of bytes, a cache line. */
const ALIGNMENT = 64

/** The next multiple of 64 bytes, at which another allocation can start. */
export const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT

/** The memory of a backend and how it grows. */
export interface GrowingMemory {
  /** Name of the backend in errors. */
  readonly backend: string
  /** The number of bytes that can be allocated when it has grown as far as it can. */
  readonly capacity: number
  /** A further remedy in the error, such as `, or close other pages`. Default none. */
  readonly remedy?: string
  /**
   * Grows the memory so that `bytes` more bytes fit, and adds the new range to the list.
   *
   * @returns whether it grew
   */
  grow(bytes: number, list: FreeList): boolean
}

/** Allocates parts of a memory that grows. Addresses are byte offsets, multiples of 64. */
export interface GrowingAllocator {
  /**
   * Allocates `bytes` bytes, and grows the memory if needed. `what` names the purpose in the error.
   *
   * @throws OUT_OF_MEMORY
   */
  allocate(bytes: number, what: string): number
  /** Frees what `allocate` returned for the same number of bytes. */
  free(address: number, bytes: number): void
}

/** Makes the allocator of a memory whose first free range starts at `start` and has `bytes` bytes. */
export function growingAllocator(start: number, bytes: number, memory: GrowingMemory): GrowingAllocator {
  const { backend, capacity, remedy = '', grow } = memory
  const list = freeList()
  let used = 0
  list.free(start, bytes)
  // An allocation of no bytes has its own address too.
  const rounded = (size: number): number => Math.max(ALIGNMENT, aligned(size))
  return {
    allocate(request, what) {
      const size = rounded(request)
      const address = list.allocate(size) ?? (grow(size, list) ? list.allocate(size) : null)
      if (address === null) {
        throw new SpikewardError(
          'OUT_OF_MEMORY',
          `${what} needs ${request} bytes; ${used} of the ${capacity} bytes of the ${backend} backend are in use, and no free range is ` +
            `long enough; free tensors, or use smaller batches, chunks of time or fewer directions${remedy}`,
        )
      }
      used += size
      return address
    },
    free(address, request) {
      const size = rounded(request)
      used -= size
      list.free(address, size)
    },
  }
}
