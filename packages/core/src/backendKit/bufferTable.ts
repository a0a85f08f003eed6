import type { DeviceBuffer } from '../backend/backend.js'
import { SpikewardError } from '../errors.js'

/** The live buffers of a backend, each with its memory `M` (an address, a handle, an array). */
export interface BufferTable<M> {
  readonly size: number
  add(bytes: number, memory: M): DeviceBuffer
  /**
   * The memory of a live buffer.
   *
   * @param what names the use in errors, such as `read`
   * @throws BUFFER_FREED, BUFFER_FOREIGN, BUFFER_TOO_SMALL if the buffer has fewer than `bytes` bytes
   */
  find(buffer: DeviceBuffer, bytes: number, what: string): M
  /** Takes a live buffer out of the table and returns its memory. Throws as `find` does. */
  remove(buffer: DeviceBuffer, what: string): M
  /** Takes all buffers out. */
  clear(): void
}

/** Makes an empty table. */
export function bufferTable<M>(): BufferTable<M> {
  const live = new Map<DeviceBuffer, { readonly memory: M }>()
  const freed = new WeakSet<DeviceBuffer>()
  const find = (buffer: DeviceBuffer, bytes: number, what: string): M => {
    const entry = live.get(buffer)
    if (entry === undefined) throw missingBuffer(freed.has(buffer), what)
    if (buffer.bytes < bytes) {
      throw new SpikewardError(
        'BUFFER_TOO_SMALL',
        `${what}: ${bytes} bytes are needed and the buffer has ${buffer.bytes}; allocate a larger one`,
      )
    }
    return entry.memory
  }
  return {
    get size() {
      return live.size
    },
    add(bytes, memory) {
      const buffer: DeviceBuffer = Object.freeze({ bytes })
      live.set(buffer, { memory })
      return buffer
    },
    find,
    remove(buffer, what) {
      const memory = find(buffer, 0, what)
      live.delete(buffer)
      freed.add(buffer)
      return memory
    },
    clear() {
      for (const buffer of live.keys()) freed.add(buffer)
      live.clear()
    },
  }
}

/** The error for a buffer that is not a live buffer of the backend: BUFFER_FREED or BUFFER_FOREIGN. */
const missingBuffer = (wasFreed: boolean, what: string): SpikewardError =>
  wasFreed
    ? new SpikewardError(
        'BUFFER_FREED',
        `${what}: the buffer was freed, and its memory may be in use by another one; keep a buffer until its last use`,
      )
    : new SpikewardError(
        'BUFFER_FOREIGN',
        `${what}: another backend allocated the buffer; buffers do not cross backends; read it there and write it here`,
      )
