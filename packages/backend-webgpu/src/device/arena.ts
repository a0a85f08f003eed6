import { SpikewardError } from '@spikeward/core/backend'
import type { Faults } from './faults.js'
import { freeList } from './freeList.js'

/** Everything begins at a multiple of so many bytes. */
const ALIGNMENT = 64
/** Bytes that it starts with. */
const FIRST = 2 ** 20

/** All memory of a backend: one GPU buffer that grows, and who owns which part of it. */
export interface Arena {
  /** The buffer as it is now; another one after it has grown. */
  buffer(): GPUBuffer
  /**
   * Where `bytes` bytes begin; grows where needed. `what` names the need in the error.
   * @throws OUT_OF_MEMORY
   */
  take(bytes: number, what: string): number
  give(at: number, bytes: number): void
  destroy(): void
}

/**
 * One buffer for all tensors and workspaces. A kernel of two dozen operands thereby needs a single binding, of which WebGPU
 * guarantees eight, and the bindings of a run never change. Growing copies on the device, behind all that was submitted
 * before.
 */
export function arena(device: GPUDevice, capacity: number, faults: Faults): Arena {
  const usage = GPUBufferUsages.STORAGE | GPUBufferUsages.COPY_SRC | GPUBufferUsages.COPY_DST
  const make = (size: number): GPUBuffer =>
    faults.watch(`${size} bytes of memory`, () => device.createBuffer({ label: 'spikeward memory', size, usage }))
  const list = freeList()
  let size = Math.min(FIRST, capacity)
  let buffer = make(size)
  let used = 0
  list.grow(size)

  /** Makes the free stretch at the end longer: twice the size, or what is needed, as far as the capacity goes. */
  const grow = (bytes: number): boolean => {
    const wanted = Math.min(Math.max(size * 2, size + bytes), capacity)
    if (wanted <= size) return false
    const larger = make(wanted)
    const encoder = device.createCommandEncoder()
    encoder.copyBufferToBuffer(buffer, 0, larger, 0, size)
    device.queue.submit([encoder.finish()])
    buffer.destroy()
    buffer = larger
    list.grow(wanted - size)
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
          `${what} needs ${bytes} bytes; ${used} of the ${capacity} bytes that the webgpu backend may take are in use ` +
            'and no stretch of that length is left; free tensors, use smaller batches, chunks of time or fewer directions, ' +
            'or raise memoryLimitBytes where the device has more',
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

/** The flag of GPUMapMode; like those below a global in pages only. */
export const MAP_MODE_READ = 1

/** The flags of GPUBufferUsage. */
export const GPUBufferUsages = { MAP_READ: 1, COPY_SRC: 4, COPY_DST: 8, UNIFORM: 64, STORAGE: 128 } as const
