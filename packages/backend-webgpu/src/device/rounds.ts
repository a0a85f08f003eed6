import { GPUBufferUsages } from './arena.js'

/** A uniform buffer whose row i holds the number i: what tells a shader the round of a loop that the host walks. */
export interface Rounds {
  buffer(): GPUBuffer
  /** Bytes from row to row. */
  readonly stride: number
  /** Makes sure that there are so many rows. */
  reserve(rows: number): void
  destroy(): void
}

/** A shader reads 16 bytes from the offset that it is given. */
export const ROUND_BYTES = 16

export function rounds(device: GPUDevice): Rounds {
  const stride = Math.max(device.limits.minUniformBufferOffsetAlignment, ROUND_BYTES)
  const make = (rows: number): GPUBuffer => {
    const usage = GPUBufferUsages.UNIFORM | GPUBufferUsages.COPY_DST
    const made = device.createBuffer({ label: 'spikeward rounds', size: rows * stride, usage })
    const words = new Uint32Array((rows * stride) / 4)
    for (let i = 0; i < rows; i++) words[(i * stride) / 4] = i
    device.queue.writeBuffer(made, 0, words)
    return made
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
