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
  /** Counts no buffer any more. */
  clear(): void
}

/** A buffer of a table, which knows its memory: finding it costs no search. */
class Entry<M> implements DeviceBuffer {
  isLive = true

  constructor(
    readonly bytes: number,
    readonly memory: M,
    readonly table: object,
  ) {}
}

/** Makes an empty table. */
export function bufferTable<M>(): BufferTable<M> {
  let size = 0
  const entryOf = (buffer: DeviceBuffer, what: string): Entry<M> => {
    const isOwn = buffer instanceof Entry && buffer.table === table
    if (isOwn && buffer.isLive) return buffer as Entry<M>
    throw missingBuffer(isOwn, what)
  }
  const table: BufferTable<M> = {
    get size() {
      return size
    },
    add(bytes, memory) {
      size++
      return new Entry(bytes, memory, table)
    },
    find(buffer, bytes, what) {
      const { memory } = entryOf(buffer, what)
      if (buffer.bytes >= bytes) return memory
      throw new SpikewardError(
        'BUFFER_TOO_SMALL',
        `${what}: ${bytes} bytes are needed and the buffer has ${buffer.bytes}; allocate a larger one`,
      )
    },
    remove(buffer, what) {
      const entry = entryOf(buffer, what)
      entry.isLive = false
      size--
      return entry.memory
    },
    clear() {
      size = 0
    },
  }
  return table
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
