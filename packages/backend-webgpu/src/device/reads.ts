import { GPUBufferUsages, MAP_MODE_READ } from './arena.js'
import { patience } from './patience.js'

/** Reads back: copies to buffers that the host can map. */
export interface Reads {
  /** The bytes from `at` of `from`, as they are when all that was submitted before is done. */
  read(from: GPUBuffer, at: number, bytes: number): Promise<ArrayBuffer>
  destroy(): void
}

/** Buffers kept for the next read, and up to which size. */
const KEPT = 16
const KEPT_BYTES = 2 ** 16

/** Small reads, such as that of a loss, use a few buffers over and over; a large one has a buffer of its own. */
export function reads(device: GPUDevice): Reads {
  const idle: GPUBuffer[] = []
  const patiently = patience()
  const take = (bytes: number): GPUBuffer => {
    const i = idle.findIndex((b) => b.size >= bytes)
    if (i >= 0) return idle.splice(i, 1)[0]!
    let size = 256
    while (size < bytes) size *= 2
    if (size > KEPT_BYTES) size = bytes
    return device.createBuffer({
      label: 'spikeward read',
      size,
      usage: GPUBufferUsages.MAP_READ | GPUBufferUsages.COPY_DST,
    })
  }
  return {
    async read(from, at, bytes) {
      const staging = take(bytes)
      const encoder = device.createCommandEncoder()
      encoder.copyBufferToBuffer(from, at, staging, 0, bytes)
      device.queue.submit([encoder.finish()])
      await patiently(staging.mapAsync(MAP_MODE_READ, 0, bytes))
      const copy = staging.getMappedRange(0, bytes).slice(0)
      staging.unmap()
      if (idle.length < KEPT && staging.size <= KEPT_BYTES) idle.push(staging)
      else staging.destroy()
      return copy
    },
    destroy() {
      for (const b of idle.splice(0)) b.destroy()
    },
  }
}
