import type { Routine, RoutineOfKind } from '@spikeward/core/backend'

/**
 * Threads of a workgroup: few if many workgroups share the work, many for products in tiles and for the work of a
 * single workgroup, one subgroup if its lanes run in lockstep and need no barriers.
 */
export type Threads = 4 | 8 | 16 | 64 | 256

/**
 * The code of a step for a number of threads: statements with the variables `g` (index of the workgroup) and `l` (index
 * of the thread).
 */
export interface Emitted {
  /** Workgroups that share the step. */
  readonly groups: number
  readonly body: readonly string[]
  /** Elements of workgroup memory: floats (`tile`), words of bits (`bits`), f16 (`halves`). */
  readonly tile: number
  readonly bits: number
  readonly halves?: number
}

/** A step of a plan as WGSL, for any number of threads. */
export interface Task {
  readonly name: string
  /** True if the step needs 256 threads. */
  readonly wide: boolean
  /** Sequential operations of each thread if a single workgroup of 256 threads runs the whole step. */
  readonly serial: number
  /** Lines of WGSL to compile, library functions included. */
  readonly lines: number
  /** True if the first thread runs the whole step, so that its own earlier writes need no barrier. */
  readonly singleThread: boolean
  emit(threads: Threads): Emitted
}

/** Approximate lines of a routine. */
export const ROUTINE_LINES = 100

/** A task whose thread q computes part q of `parts` by `serial` operations. */
export const taskOfParts = (name: string, parts: number, serial: number, body: readonly string[]): Task => ({
  name,
  wide: false,
  singleThread: false,
  lines: ROUTINE_LINES,
  serial: Math.ceil(parts / 256) * serial,
  emit: (threads) => ({
    groups: Math.ceil(parts / threads),
    tile: 0,
    bits: 0,
    body: [`let q = g * ${threads}u + l;`, `if (q < ${parts}u) {`, ...body, '}'],
  }),
})

/** For each kind of routine that is no product, its task: the routine, the operands, the result. */
export type RoutineTasks = {
  readonly [K in Exclude<Routine['kind'], 'dot'>]: (
    routine: RoutineOfKind<K>,
    ...operands: readonly [string, string, string]
  ) => Task
}
