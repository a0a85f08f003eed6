import { SpikewardError, freeList } from '@spikeward/core/backend'
import type { Faults } from './faults.js'
import { GPUBufferUsages } from './flags.js'

/** Allocations start at multiples of this number of bytes. */
const ALIGNMENT = 64
/** Bytes of the first buffer. */
const FIRST = 2 ** 20

/** The memory of a backend: one GPU buffer that grows, and its allocator. */
export interface Arena {
  /** The current buffer; growing replaces it. */
  buffer(): GPUBuffer
  /**
   * Allocates `bytes` bytes and returns their address; grows if needed. `what` names the purpose in the error.
   * @throws OUT_OF_MEMORY
   */
  take(bytes: number, what: string): number
  give(at: number, bytes: number): void
  destroy(): void
}

/**
 * Makes one buffer for all tensors and workspaces. A kernel of two dozen operands then needs one binding, of which WebGPU
 * guarantees eight, and the bindings of a run never change. Growing copies on the device, after all submitted work.
 */
export function arena(device: GPUDevice, capacity: number, faults: Faults): Arena {
  const usage = GPUBufferUsages.STORAGE | GPUBufferUsages.COPY_SRC | GPUBufferUsages.COPY_DST
  const make = (size: number): GPUBuffer =>
    faults.watch(`${size} bytes of memory`, () => device.createBuffer({ label: 'spikeward memory', size, usage }))
  const list = freeList()
  let size = Math.min(FIRST, capacity)
  let buffer = make(size)
  let used = 0
  list.give(0, size)

  /** Grows the buffer to twice its size, or to what is needed, up to the capacity. */
  const grow = (bytes: number): boolean => {
    const wanted = Math.min(Math.max(size * 2, size + bytes), capacity)
    if (wanted <= size) return false
    const larger = make(wanted)
    const encoder = device.createCommandEncoder()
    encoder.copyBufferToBuffer(buffer, 0, larger, 0, size)
    device.queue.submit([encoder.finish()])
    buffer.destroy()
    buffer = larger
    list.give(size, wanted - size)
    size = wanted
    return true
  }
  const rounded = (bytes: number): number => Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT)
  return {
    buffer: () => buffer,
    take(bytes, what) {
      const need = rounded(bytes)
      const at = list.take(need) ?? (grow(need) ? list.take(need) : null)
      if (at === null) {
        throw new SpikewardError(
          'OUT_OF_MEMORY',
          `${what} needs ${bytes} bytes; ${used} of the ${capacity} bytes of the webgpu backend are in use ` +
            'and no free range is long enough; free tensors, use smaller batches, chunks of time or fewer directions, ' +
            'or raise memoryLimitBytes if the device has more',
        )
      }
      used += need
      return at
    },
    give(at, bytes) {
      used -= rounded(bytes)
      list.give(at, rounded(bytes))
    },
    destroy: () => buffer.destroy(),
  }
}
