import type { Plan } from '@spikeward/core/backend'
import type { WorkspaceLayout } from '@spikeward/core/tiling'
import type { Heap } from './memory/heap.js'
import { type CompileOptions, compilePlan, importObject, type PhaseMark } from './plan/compilePlan.js'
import type { Pool } from './threads/pool.js'

/** Times the phases of a run. */
export interface Stopwatch {
  /** Records that a phase has ended. A phase inside a loop ends many times in a run. */
  readonly mark: (phase: number) => void
  /** Runs a module whose phases are marked. */
  time(run: () => void): void
  /** Seconds of each phase in the fastest run so far. */
  readonly fastest: readonly number[]
}

/** Makes a stopwatch for this many phases. */
export function stopwatch(phases: number): Stopwatch {
  const fastest = Array.from({ length: phases }, () => Infinity)
  const current = new Float64Array(phases)
  let last = 0
  return {
    fastest,
    mark(phase) {
      const now = performance.now()
      current[phase]! += (now - last) / 1000
      last = now
    },
    time(run) {
      current.fill(0)
      last = performance.now()
      run()
      for (const [i, seconds] of current.entries()) fastest[i] = Math.min(fastest[i]!, seconds)
    },
  }
}

/** The machine code of a plan, shared by all executables of equal plans. */
export interface CompiledModule {
  readonly scratchBytes: number
  readonly layout: WorkspaceLayout
  readonly source: string
  /** Runs the plan on all threads with the addresses of `table`. */
  run(table: number): void
  /** The phases of a profiled module; empty for others. */
  readonly marks: readonly PhaseMark[]
  /** Seconds of each phase in the fastest run so far; empty for others. */
  readonly fastest: readonly number[]
}

/** A cache of compiled plans. */
export interface ModuleCache {
  /** @param profiled returns a separate module that times its phases */
  acquire(plan: Plan, profiled?: boolean): CompiledModule
  release(module: CompiledModule): void
}

interface Entry {
  readonly key: string
  readonly module: CompiledModule
  readonly forget: () => void
  users: number
}

/** The number of unused modules that stay cached, in case their plan is compiled again. */
const SPARE = 32

/** Makes the cache. It keeps modules in use, and the `SPARE` most recently used others. */
export function moduleCache(heap: Heap, options: CompileOptions, pool: Pool | null): ModuleCache {
  const entries = new Map<string, Entry>()
  let next = 1

  const make = (key: string, plan: Plan, profiled: boolean): Entry => {
    const { bytes, parallel, ...compiled } = compilePlan(plan, { ...options, profiled })
    const watch = stopwatch(compiled.marks.length)
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), importObject(heap.memory, watch.mark))
    const exported = instance.exports['run'] as (thread: number, table: number) => void
    const run = profiled ? (thread: number, table: number): void => watch.time(() => exported(thread, table)) : exported
    const { fastest } = watch
    if (pool === null || !parallel) {
      return { key, users: 0, forget: () => {}, module: { ...compiled, fastest, run: (table) => run(0, table) } }
    }
    const id = next++
    const at = heap.allocate(bytes.byteLength, 'compiled code')
    new Uint8Array(heap.memory.buffer, at, bytes.byteLength).set(bytes)
    try {
      pool.load(id, at, bytes.byteLength)
    } finally {
      heap.free(at, bytes.byteLength)
    }
    return {
      key,
      users: 0,
      forget: () => pool.unload(id),
      module: {
        ...compiled,
        fastest,
        run: (table) => {
          pool.run(id, table)
          run(0, table)
        },
      },
    }
  }
  const trim = (): void => {
    const idle = [...entries.values()].filter((e) => e.users === 0)
    for (const e of idle.slice(0, Math.max(0, idle.length - SPARE))) {
      entries.delete(e.key)
      e.forget()
    }
  }
  return {
    acquire(plan, profiled = false) {
      const key = `${profiled ? 'profiled ' : ''}${planKey(plan)}`
      const entry = entries.get(key) ?? make(key, plan, profiled)
      // Deleted and inserted again, so that the Map's order of insertion is the order of use.
      entries.delete(key)
      entries.set(key, entry)
      entry.users++
      return entry.module
    },
    release(module) {
      for (const e of entries.values()) if (e.module === module) e.users--
      trim()
    },
  }
}

/** A key that two plans share if and only if they are equal. Plain JSON would lose NaN, ∞ and −0. */
function planKey(plan: Plan): string {
  return JSON.stringify(plan, (_key, value: unknown) => {
    if (typeof value !== 'number' || (Number.isFinite(value) && !Object.is(value, -0))) return value
    return Object.is(value, -0) ? '-0' : String(value)
  })
}
