import type { Plan } from '@spikeward/core/backend'
import type { Loop } from '../kernel/graph.js'
import type { Target } from '../kernel/ops.js'
import type { FunctionRef } from '../wasm/code.js'
import type { ModuleBuilder } from '../wasm/module.js'
import type { Pointer } from './phase.js'

/** All that is at hand while a Plan is turned into a module. */
export interface Build {
  readonly plan: Plan
  readonly module: ModuleBuilder
  readonly target: Target
  /** Threads that run the module, and threads among which the step being written is divided: all of them, or 1 in a band. */
  readonly workers: number
  readonly threads: number
  /** In a band, the slots that lie in memory of the thread's own. */
  readonly own: ReadonlyMap<number, Pointer> | null
  /** In a band, what is at hand for the steps ahead of it. */
  readonly ahead: Build | null
  /** Takes `bytes` of scratch memory for the step being written, 64-byte aligned; returns the offset. */
  readonly scratch: (bytes: number) => number
  /** Number of loops of the plan around the step being written. */
  readonly depth: () => number
  /** `make()`, or what it made before under the same key: equal steps share their code. */
  readonly once: (key: string, make: () => FunctionRef) => FunctionRef
  /** Adds a line to the description of the code. */
  readonly note: (line: string) => void
}

/** Text that two loops share exactly when their code is the same. */
export function loopKey({ name: _, ...loop }: Loop): string {
  return JSON.stringify(loop, (_key, value: unknown) =>
    typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
      ? `${Object.is(value, -0) ? '-0' : value}`
      : value,
  )
}
