import {
  aligned,
  SpikewardError,
  UnavailableError,
  bookkeeping,
  bytesOf,
  checkPlan,
  countPlan,
  defineFactory,
  hostView,
  type Backend,
  type BackendFacts,
  type DeviceBuffer,
  type DType,
  type Executable,
  type Filled,
  type Plan,
  type TypedArray,
} from '@spikeward/core/backend'
import { canShareMemory, hardwareThreads, hasRelaxedSimd, hasSimd, mayWait } from './host.js'
import { MAX_THREADS, options, type CpuOptions } from './cpuOptions.js'
import { heap } from './memory/heap.js'
import { moduleCache, type CompiledModule } from './moduleCache.js'
import { startPool } from './threads/pool.js'

/**
 * The CPU backend: compiles every Plan to one WebAssembly module at run time. The module calls no JavaScript while it
 * runs, except Math.exp and similar functions of f64.
 *
 * Results do not depend on the number of threads. A page that is not cross-origin isolated has no shared memory and
 * uses one thread.
 *
 * @throws SIMD_UNAVAILABLE if the engine has no WebAssembly or no 128-bit SIMD; RELAXED_SIMD_UNAVAILABLE if it lacks
 *   the relaxed SIMD that `relaxedSimd: true` requires; INVALID_OPTION, UNKNOWN_OPTION; THREADS_UNAVAILABLE
 * @example
 * const backend = await cpu({ threads: 2 })
 */
export const cpu = /* @__PURE__ */ defineFactory(
  {
    kind: 'backend',
    name: 'cpu',
    summary: 'WebAssembly SIMD generated at run time, with threads if memory can be shared',
    options,
    facts: {
      runsIn: 'Node and pages',
      device: 'processor',
      readsAtOnce: true,
      use: 'everything, without an installation: WebAssembly SIMD on threads',
    } satisfies BackendFacts,
  },
  (read) =>
    async (choices: CpuOptions = {}): Promise<Backend> => {
      const settings = read(choices)
      return open(settings, threadsOf(settings.threads))
    },
)

async function open({ relaxedSimd, workerUrl }: Filled<typeof options>, threads: number): Promise<Backend> {
  if (!hasSimd())
    throw new UnavailableError(
      'SIMD_UNAVAILABLE',
      'the cpu backend needs WebAssembly SIMD, which this engine lacks; use a newer engine, start Node without --jitless, ' +
        'or use @spikeward/backend-native or the reference backend',
    )
  const relaxed = relaxedSimd !== false && hasRelaxedSimd()
  if (relaxedSimd === true && !relaxed) {
    throw new SpikewardError(
      'RELAXED_SIMD_UNAVAILABLE',
      "this engine has no relaxed SIMD; set relaxedSimd to 'auto', or use a newer engine",
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

  const book = bookkeeping<number>({
    name: 'cpu',
    maxBufferBytes: store.capacity,
    allocate: (bytes) => store.allocate(bytes, 'allocate'),
    free: (address, bytes) => store.free(address, bytes),
  })
  const readSync = (buffer: DeviceBuffer, dtype: DType, size: number): TypedArray =>
    hostView(dtype, store.memory.buffer, book.find(buffer, bytesOf(dtype) * size, 'read'), size).slice()

  const compile = (plan: Plan): Executable => {
    book.checkAlive()
    checkPlan(plan)
    const module = modules.acquire(plan)
    const { offsets, bytes } = module.layout
    const scratchAt = aligned(bytes)
    const tableAt = scratchAt + aligned(module.scratchBytes)
    const workspaceBytes = tableAt + 4 * (plan.slots.length + 1)
    const base = store.allocate(workspaceBytes, 'the workspace of a program')
    const table = base + tableAt
    const compiled = book.compiled(plan, workspaceBytes, () => {
      store.free(base, workspaceBytes)
      modules.release(module)
    })
    let profiled: CompiledModule | null = null
    return {
      run(ins, outs) {
        compiled.checkRun(ins, outs)
        const addresses = new Uint32Array(store.memory.buffer, table, plan.slots.length + 1)
        for (const [i, slot] of plan.slots.entries()) {
          addresses[i] =
            slot.kind === 'temporary'
              ? // A tile-local slot is not in the workspace, and no step reads its address.
                base + (offsets.get(i) ?? 0)
              : book.find(
                  (slot.kind === 'input' ? ins : outs)[slot.index]!,
                  bytesOf(slot.dtype) * slot.size,
                  `${slot.kind} ${slot.index}`,
                )
        }
        addresses[plan.slots.length] = base + scratchAt
        ;(profiled ?? module).run(table)
        compiled.ran()
      },
      profile() {
        book.checkAlive()
        const timed = modules.acquire(plan, true)
        profiled = timed
        return {
          stop() {
            profiled = null
            modules.release(timed)
            const { marks, fastest } = timed
            return marks.map((mark, i) => ({
              ...mark,
              depth: 0,
              seconds: Number.isFinite(fastest[i]) ? fastest[i]! : null,
            }))
          },
        }
      },
      dispose: compiled.dispose,
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
    allocate: book.allocate,
    free: book.free,
    write(buffer, from) {
      const address = book.find(buffer, from.byteLength, 'write')
      new Uint8Array(store.memory.buffer, address, from.byteLength).set(
        new Uint8Array(from.buffer, from.byteOffset, from.byteLength),
      )
    },
    readSync,
    // `async` turns a thrown error into a rejection.
    read: async (buffer, dtype, size) => readSync(buffer, dtype, size),
    compile,
    stats: book.stats,
    async [Symbol.asyncDispose]() {
      if (book.dispose()) await pool?.stop()
    },
  }
}

function threadsOf(count: number | undefined): number {
  if (!canShareMemory()) return 1
  return count ?? Math.min(MAX_THREADS, hardwareThreads())
}
