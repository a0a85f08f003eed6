import { type FreeList, type GrowingAllocator, growingAllocator } from '@spikeward/core/backend'
import type { Faults } from './faults.js'
import { GPUBufferUsages } from './reads.js'

/** Bytes of the first buffer. */
const FIRST = 2 ** 20

/** The memory of a backend: one GPU buffer that grows, and its allocator. */
export interface Arena extends GrowingAllocator {
  /** The current buffer; growing replaces it. */
  buffer(): GPUBuffer
  destroy(): void
}

/**
 * Makes one buffer for all tensors and workspaces. A kernel of two dozen operands then needs one binding, of which
 * WebGPU guarantees eight, and the bindings of a run never change. Growing copies on the device, after all submitted
 * work.
 */
export function arena(device: GPUDevice, capacity: number, faults: Faults): Arena {
  const usage = GPUBufferUsages.STORAGE | GPUBufferUsages.COPY_SRC | GPUBufferUsages.COPY_DST
  const make = (size: number): GPUBuffer =>
    faults.watch(`${size} bytes of memory`, () => device.createBuffer({ label: 'spikeward memory', size, usage }))
  let size = Math.min(FIRST, capacity)
  let buffer = make(size)

  /** Grows the buffer to twice its size, or to what is needed, up to the capacity. */
  const grow = (bytes: number, list: FreeList): boolean => {
    const wanted = Math.min(Math.max(size * 2, size + bytes), capacity)
    if (wanted <= size) return false
    const larger = make(wanted)
    const encoder = device.createCommandEncoder()
    encoder.copyBufferToBuffer(buffer, 0, larger, 0, size)
    device.queue.submit([encoder.finish()])
    buffer.destroy()
    buffer = larger
    list.free(size, wanted - size)
    size = wanted
    return true
  }
  const allocator = growingAllocator(0, size, {
    backend: 'webgpu',
    capacity,
    remedy: ', or raise memoryLimitBytes if the device has more',
    grow,
  })
  return { ...allocator, buffer: () => buffer, destroy: () => buffer.destroy() }
}
