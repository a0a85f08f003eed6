/**
 * Threads of a workgroup: few where many workgroups are to be had, many for tiles and for work that one workgroup does
 * alone; a single subgroup where threads in step spare barriers.
 */
export type Threads = 4 | 8 | 16 | 64 | 256

/** What a step of a plan becomes at a number of threads: statements for the variables `g` (which workgroup) and `l` (which thread). */
export interface Emitted {
  /** Workgroups that it is spread over. */
  readonly groups: number
  readonly body: readonly string[]
  /** Numbers of workgroup memory that it uses: as floats (`tile`), as bits (`bits`), as f16 (`halves`). */
  readonly tile: number
  readonly bits: number
  readonly halves?: number
}

/** A step of a plan as WGSL, at whatever number of threads it will run. */
export interface Task {
  readonly name: string
  /** It needs 256 threads. */
  readonly wide: boolean
  /** Operations that a thread does one after another where a single workgroup of 256 does all: whether it is small. */
  readonly serial: number
  /** Lines of WGSL, functions of the library counted at their length: what a compiler has to chew. */
  readonly size: number
  /** The first thread alone does all of it, so that it sees what it wrote before without a barrier. */
  readonly alone: boolean
  emit(threads: Threads): Emitted
}

/** The size of a routine, about. */
export const ROUTINE_SIZE = 100
