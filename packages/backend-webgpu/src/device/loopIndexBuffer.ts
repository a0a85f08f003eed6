import { GPUBufferUsages } from './reads.js'

/** A uniform buffer whose row i contains the number i: a shader reads the index of a host-driven loop from it. */
export interface LoopIndexBuffer {
  buffer(): GPUBuffer
  /** Bytes from one row to the next. */
  readonly stride: number
  /** Grows the buffer to at least this number of rows. */
  reserve(rows: number): void
  destroy(): void
}

/** Bytes that a shader reads at its dynamic offset. */
export const INDEX_BYTES = 16

/** Makes the loop-index buffer of a device. */
export function loopIndexBuffer(device: GPUDevice): LoopIndexBuffer {
  const stride = Math.max(device.limits.minUniformBufferOffsetAlignment, INDEX_BYTES)
  const make = (rows: number): GPUBuffer => {
    const usage = GPUBufferUsages.UNIFORM | GPUBufferUsages.COPY_DST
    const buffer = device.createBuffer({ label: 'spikeward loop indices', size: rows * stride, usage })
    const words = new Uint32Array((rows * stride) / 4)
    for (let i = 0; i < rows; i++) words[(i * stride) / 4] = i
    device.queue.writeBuffer(buffer, 0, words)
    return buffer
  }
  let count = 1
  let buffer = make(count)
  return {
    buffer: () => buffer,
    stride,
    reserve(rows) {
      if (rows <= count) return
      count = Math.max(rows, 2 * count)
      const before = buffer
      buffer = make(count)
      before.destroy()
    },
    destroy: () => buffer.destroy(),
  }
}
