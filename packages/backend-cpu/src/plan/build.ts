import type { Plan, Routine, RoutineOfKind } from '@spikeward/core/backend'
import type { Target } from '../kernel/ops.js'
import type { Code, FunctionRef, Local } from '../wasm/code.js'
import type { ModuleBuilder } from '../wasm/module.js'
import type { Pointer } from './phase.js'

/** The state of compiling one Plan into a module. */
export interface Build {
  readonly plan: Plan
  readonly module: ModuleBuilder
  readonly target: Target
  /** Threads that run the module. */
  readonly workers: number
  /** Threads among which the current step is divided: all of them, or 1 in a tile-fused group. */
  readonly threads: number
  /** In a tile-fused group, the tile-local slots. */
  readonly local: ReadonlyMap<number, Pointer> | null
  /** In a tile-fused group, the build for steps that run before its tiles. */
  readonly ahead: Build | null
  /** Reserves `bytes` of scratch memory for the current step, 64-byte aligned; returns the offset. */
  readonly scratch: (bytes: number) => number
  /** Number of loops of the plan around the current step. */
  readonly depth: () => number
  /** `make()`, or its earlier result under the same key: equal steps share their code. */
  readonly once: (key: string, make: () => FunctionRef) => FunctionRef
  /** Adds a line to the description of the code. */
  readonly note: (line: string) => void
}

/** How a routine that is no product is computed. */
export interface RoutineCode<R> {
  /** Whether threads share the work. */
  parallel(r: R): boolean
  /** Emits the share of thread `thread` of `threads`; `at` has the addresses of the operands, then of the result. */
  emit(c: Code, r: R, at: readonly [Local, Local, Local], thread: Local, threads: number, target: Target): void
}

/** The code of each kind of routine that is no product. */
export type RoutineCodes = { readonly [K in Exclude<Routine['kind'], 'dot'>]: RoutineCode<RoutineOfKind<K>> }
