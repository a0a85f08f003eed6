/** GPUMapMode.READ, which is a global in pages only. */
export const MAP_MODE_READ = 1

/** The flags of GPUBufferUsage, which are globals in pages only. */
export const GPUBufferUsages = { MAP_READ: 1, COPY_SRC: 4, COPY_DST: 8, UNIFORM: 64, STORAGE: 128 } as const

/** Waits for a promise that the device resolves. */
type PollBackoff = <T>(promise: Promise<T>) => Promise<T>

/**
 * The longest and the shortest sleep in milliseconds, and the share of the time waited so far that a sleep may add at
 * most.
 */
const LONGEST = 1
const SHORTEST = 0.02
const SHARE = 1 / 16

/**
 * Makes a poll back-off. In Node, Dawn polls the device in every iteration of the event loop, which keeps a core busy
 * that a software renderer could use. With the back-off, each iteration sleeps for a sixteenth of the time waited so
 * far, at most a millisecond, so a wait gets longer by no more than that. Events are handled between sleeps. A page
 * needs no back-off.
 */
export function pollBackoff(): PollBackoff {
  if (typeof process === 'undefined' || process.versions?.node === undefined) return (promise) => promise
  const cell = new Int32Array(new SharedArrayBuffer(4))
  let waiting = 0
  let began = 0
  let turning = false
  const turn = (): void => {
    turning = waiting > 0
    if (!turning) return
    const sleep = Math.min(LONGEST, (performance.now() - began) * SHARE)
    if (sleep > SHORTEST) Atomics.wait(cell, 0, 0, sleep)
    setImmediate(turn)
  }
  return async (promise) => {
    if (waiting++ === 0) began = performance.now()
    if (!turning) setImmediate(turn)
    turning = true
    try {
      return await promise
    } finally {
      waiting--
    }
  }
}

/** Reads memory back, by copies to buffers that the host can map. */
export interface Reads {
  /** Reads `bytes` bytes of `from`, starting at `at`, after all submitted work. */
  read(from: GPUBuffer, at: number, bytes: number): Promise<ArrayBuffer>
  destroy(): void
}

/** The number of buffers that are stored for later reads, and the largest size of such a buffer. */
const MAX_IDLE = 16
const MAX_BYTES = 2 ** 16

/** Makes a reader. Small reads, such as that of a loss, reuse a few buffers; a large read uses a new one. */
export function reads(device: GPUDevice): Reads {
  const idle: GPUBuffer[] = []
  const wait = pollBackoff()
  const take = (bytes: number): GPUBuffer => {
    const i = idle.findIndex((b) => b.size >= bytes)
    if (i >= 0) return idle.splice(i, 1)[0]!
    let size = 256
    while (size < bytes) size *= 2
    if (size > MAX_BYTES) size = bytes
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
      await wait(staging.mapAsync(MAP_MODE_READ, 0, bytes))
      const copy = staging.getMappedRange(0, bytes).slice(0)
      staging.unmap()
      if (idle.length < MAX_IDLE && staging.size <= MAX_BYTES) idle.push(staging)
      else staging.destroy()
      return copy
    },
    destroy() {
      for (const b of idle.splice(0)) b.destroy()
    },
  }
}
