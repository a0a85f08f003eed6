import type { Plan } from '@spikeward/core/backend'
import type { Loop } from '../kernel/graph.js'
import type { Target } from '../kernel/ops.js'
import type { FunctionRef } from '../wasm/code.js'
import type { ModuleBuilder } from '../wasm/module.js'

/** All that is at hand while a Plan is turned into a module. */
export interface Build {
  readonly plan: Plan
  readonly module: ModuleBuilder
  readonly target: Target
  readonly threads: number
  /** Takes `bytes` of scratch memory for the step being written, 64-byte aligned; returns the offset. */
  readonly scratch: (bytes: number) => number
  /** `make()`, or what it made before under the same key: equal steps share their code. */
  /** Number of loops of the plan around the step being written. */
  readonly depth: () => number
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
