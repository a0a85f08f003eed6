import type * as os from 'node:os'
import type * as v8 from 'node:v8'
import type * as workerThreads from 'node:worker_threads'
import type { code } from './wasm/code.js'
import { moduleBuilder } from './wasm/module.js'

interface Builtins {
  'node:os': typeof os
  'node:v8': typeof v8
  'node:worker_threads': typeof workerThreads
}

/**
 * A built-in module of Node, or null on other platforms. There is no import statement, so that browser bundles do not
 * contain the module.
 */
export function builtin<K extends keyof Builtins>(name: K): Builtins[K] | null {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (id: string) => unknown; versions?: { node?: string } }
  }
  if (process?.versions?.node === undefined) return null
  return (process.getBuiltinModule?.(name) as Builtins[K] | undefined) ?? null
}

/** Number of threads that the machine runs at once. */
export function hardwareThreads(): number {
  const node = builtin('node:os')
  if (node !== null) return node.availableParallelism()
  return globalThis.navigator?.hardwareConcurrency ?? 1
}

/** True if threads can share memory: in Node, and in pages that are cross-origin isolated. */
export const canShareMemory = (): boolean =>
  typeof SharedArrayBuffer !== 'undefined' &&
  (builtin('node:worker_threads') !== null || globalThis.crossOriginIsolated === true)

/** False in a browser's main thread, which cannot wait. */
export function mayWait(): boolean {
  return (
    builtin('node:worker_threads') !== null ||
    typeof (globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope !== 'undefined'
  )
}

const accepts = (write: (c: ReturnType<typeof code>['code']) => void): boolean => {
  // Node has no WebAssembly with --jitless, as on a system that refuses executable memory.
  if (typeof WebAssembly === 'undefined') return false
  const module = moduleBuilder({ initial: 1, maximum: 1, shared: false }, [])
  return WebAssembly.validate(module.finish(module.define([], write)))
}

/** True if the engine has 128-bit SIMD. */
export const hasSimd = (): boolean =>
  accepts((c) => {
    c.i32(0).op('i32x4.splat').op('drop')
  })

/**
 * True if the engine has relaxed SIMD (fused multiply-add). Node 20 needs a flag for it, which this function sets; the
 * flag only adds instructions.
 */
export function hasRelaxedSimd(): boolean {
  const compiles = (): boolean =>
    accepts((c) => {
      const zero = (): void => {
        c.i32(0).op('i32x4.splat')
      }
      zero()
      zero()
      zero()
      c.op('f32x4.relaxed_madd').op('drop')
    })
  if (compiles()) return true
  try {
    builtin('node:v8')?.setFlagsFromString('--experimental-wasm-relaxed-simd')
  } catch {
    return false
  }
  return compiles()
}
