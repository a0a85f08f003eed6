import {
  bytesOf,
  checkArguments,
  checkPlan,
  countPlan,
  hostView,
  missingBuffer,
  SpikewardError,
} from '@spikeward/core/backend'
import type { Backend, DeviceBuffer, DType, Executable, Plan, TypedArray } from '@spikeward/core/backend'
import { canShareMemory, hardwareThreads, hasRelaxedSimd, hasSimd, mayWait } from './host.js'
import { heap } from './memory/heap.js'
import { moduleCache } from './modules.js'
import { startPool } from './threads/pool.js'

/** Options of `cpu`. */
export interface CpuOptions {
  /** Threads that share the work, the calling one included; default: as many as the machine runs at once, at most 16. */
  readonly threads?: number
  /**
   * Fused multiply-add where the engine has relaxed SIMD. `'auto'` (default) uses it where it is; `true` demands it; `false` keeps
   * every product rounded before it is added, so that results are the same bits on every machine.
   */
  readonly relaxedSimd?: boolean | 'auto'
  /** Where the page serves the text of `workerSource`, for pages whose policy forbids workers from Blobs. */
  readonly workerUrl?: string | URL
}

const MAX_THREADS = 16

/**
 * The CPU backend: turns every Plan into one WebAssembly module, at run time, that calls nothing while it runs (but
 * Math.exp and its like for f64).
 *
 * In a page that is not cross-origin isolated there is no shared memory: one thread, same results. Results do not
 * depend on the number of threads.
 *
 * @throws SIMD_UNAVAILABLE where the engine has no 128-bit SIMD, RELAXED_SIMD_UNAVAILABLE where it was demanded and is not there,
 *   INVALID_OPTION for an impossible number of threads, THREADS_UNAVAILABLE
 * @example
 * const backend = await cpu({ threads: 2 })
 */
export async function cpu(options: CpuOptions = {}): Promise<Backend> {
  const { relaxedSimd = 'auto', workerUrl } = options
  const threads = threadsOf(options.threads)
  if (!hasSimd())
    throw new SpikewardError(
      'SIMD_UNAVAILABLE',
      'the cpu backend needs WebAssembly SIMD, which this engine does not have; use the reference backend or a newer engine',
    )
  const relaxed = relaxedSimd !== false && hasRelaxedSimd()
  if (relaxedSimd === true && !relaxed) {
    throw new SpikewardError(
      'RELAXED_SIMD_UNAVAILABLE',
      "this engine has no relaxed SIMD; ask for relaxedSimd: 'auto', or use a newer engine",
    )
  }
  const shared = threads > 1
  const store = heap(shared)
  const pool = shared ? await startPool(store.memory, threads - 1, workerUrl, mayWait()) : null
  const modules = moduleCache(
    store,
    {
      memory: { initial: 1, maximum: store.maximumPages, shared },
      threads,
      relaxed,
      mainMaySleep: mayWait(),
    },
    pool,
  )

  const live = new Map<DeviceBuffer, number>()
  const freed = new WeakSet<DeviceBuffer>()
  const count = { allocations: 0, liveBytes: 0, peakBytes: 0, compilations: 0, runs: 0 }
  let disposed = false

  const alive = (): void => {
    if (disposed)
      throw new SpikewardError('BACKEND_DISPOSED', 'the cpu backend was disposed; its memory is gone; make a new one')
  }
  const hold = (bytes: number): void => {
    count.liveBytes += bytes
    count.peakBytes = Math.max(count.peakBytes, count.liveBytes)
  }
  const addressOf = (buffer: DeviceBuffer, bytes: number, what: string): number => {
    const address = live.get(buffer)
    if (address === undefined) {
      alive()
      throw missingBuffer(freed.has(buffer), what)
    }
    if (buffer.bytes < bytes) {
      throw new SpikewardError(
        'BUFFER_TOO_SMALL',
        `${what}: ${bytes} bytes are needed and the buffer has ${buffer.bytes}; allocate a larger one`,
      )
    }
    return address
  }
  const readSync = (buffer: DeviceBuffer, dtype: DType, size: number): TypedArray =>
    hostView(dtype, store.memory.buffer, addressOf(buffer, bytesOf(dtype) * size, 'read'), size).slice()

  const compile = (plan: Plan): Executable => {
    alive()
    checkPlan(plan)
    const module = modules.acquire(plan)
    const { offsets, bytes } = module.layout
    const scratchAt = Math.ceil(bytes / 64) * 64
    const tableAt = scratchAt + Math.ceil(module.scratchBytes / 64) * 64
    const workspaceBytes = tableAt + 4 * (plan.slots.length + 1)
    const base = store.take(workspaceBytes, 'the scratch memory of a program')
    count.compilations++
    hold(workspaceBytes)
    const table = base + tableAt
    let released = false
    return {
      run(ins, outs) {
        alive()
        if (released)
          throw new SpikewardError('EXECUTABLE_DISPOSED', 'run: this executable was disposed; compile the plan again')
        checkArguments(plan, ins, outs)
        const addresses = new Uint32Array(store.memory.buffer, table, plan.slots.length + 1)
        for (const [i, slot] of plan.slots.entries()) {
          addresses[i] =
            slot.kind === 'temporary'
              ? // A tile-local slot has no place in the workspace, and no step reads its address.
                base + (offsets.get(i) ?? 0)
              : addressOf(
                  (slot.kind === 'input' ? ins : outs)[slot.index]!,
                  bytesOf(slot.dtype) * slot.size,
                  `${slot.kind} ${slot.index}`,
                )
        }
        addresses[plan.slots.length] = base + scratchAt
        module.run(table)
        count.runs++
      },
      dispose() {
        if (released) return
        released = true
        if (disposed) return
        store.give(base, workspaceBytes)
        count.liveBytes -= workspaceBytes
        modules.release(module)
      },
      source: module.source,
      ...countPlan(plan),
      workspaceBytes,
    }
  }

  return {
    name: 'cpu',
    capabilities: {
      dtypes: ['f32', 'f64', 'i32', 'u32', 'bool'],
      threads,
      features: ['simd128', ...(relaxed ? ['relaxed-simd'] : []), threads > 1 ? 'threads' : 'single-threaded'],
      maxBufferBytes: store.capacity,
      maxTotalBytes: store.capacity,
    },
    allocate(bytes) {
      alive()
      if (!Number.isInteger(bytes) || bytes < 0 || bytes > store.capacity) {
        throw new SpikewardError(
          'INVALID_SIZE',
          `allocate: ${bytes} bytes; a buffer takes a whole number from 0 to ${store.capacity}`,
        )
      }
      const address = store.take(bytes, 'allocate')
      const buffer: DeviceBuffer = Object.freeze({ bytes })
      live.set(buffer, address)
      count.allocations++
      hold(bytes)
      return buffer
    },
    free(buffer) {
      // With the backend all its buffers went; finalizers may still come to free them.
      if (disposed) return
      const address = addressOf(buffer, 0, 'free')
      live.delete(buffer)
      freed.add(buffer)
      store.give(address, buffer.bytes)
      count.liveBytes -= buffer.bytes
    },
    write(buffer, from) {
      const address = addressOf(buffer, from.byteLength, 'write')
      new Uint8Array(store.memory.buffer, address, from.byteLength).set(
        new Uint8Array(from.buffer, from.byteOffset, from.byteLength),
      )
    },
    readSync,
    // async: a refusal is a rejection, like any other failure of a read
    read: async (buffer, dtype, size) => readSync(buffer, dtype, size),
    compile,
    stats: () => ({ ...count, liveBuffers: live.size }),
    async [Symbol.asyncDispose]() {
      if (disposed) return
      disposed = true
      for (const buffer of live.keys()) freed.add(buffer)
      live.clear()
      count.liveBytes = 0
      await pool?.stop()
    },
  }
}

function threadsOf(asked: number | undefined): number {
  if (asked !== undefined && (!Number.isInteger(asked) || asked < 1 || asked > MAX_THREADS)) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `cpu: ${asked} threads; a whole number from 1 to ${MAX_THREADS} is possible`,
    )
  }
  if (!canShareMemory()) return 1
  return asked ?? Math.min(MAX_THREADS, hardwareThreads())
}
