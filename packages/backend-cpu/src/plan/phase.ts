import type { Span } from '@spikeward/core/backend'
import type { FunctionRef } from '../wasm/code.js'

/**
 * An address: entry `entry` of the run's table, plus bytes, plus bytes for each iteration of the enclosing loops and
 * for the thread.
 */
export interface Pointer {
  readonly entry: number
  readonly offset: number
  readonly advance: readonly number[]
  /** Bytes from one thread's copy to the next thread's; 0 where all threads share the memory. */
  readonly perThread: number
  readonly span: Span
}

/**
 * A piece of a step between two points at which threads may have to wait for each other. All threads call a `parallel`
 * phase, and each does its share; only thread 0 runs other phases.
 */
export type Phase =
  | {
      readonly kind: 'call'
      readonly name: string
      readonly call: FunctionRef
      readonly pointers: readonly Pointer[]
      readonly integers: readonly number[]
      readonly parallel: boolean
      readonly reads: readonly Span[]
      readonly writes: readonly Span[]
    }
  | { readonly kind: 'loop'; readonly length: number; readonly phases: readonly Phase[] }
  | {
      /** A tile-fused group: independent tiles, distributed over the threads. */
      readonly kind: 'tileFused'
      readonly tiles: number
      readonly phases: readonly Phase[]
      /** The phases of the last tile if it has fewer rows. */
      readonly last: readonly Phase[] | null
      /** The scratch of all threads. */
      readonly scratch: Span
    }

/** The phases of a step: `setup` depends on no other step of its group and runs once, `body` runs for each tile. */
export interface StepPhases {
  readonly setup: readonly Phase[]
  readonly body: readonly Phase[]
}
