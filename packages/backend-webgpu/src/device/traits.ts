import type { Threads } from '../plan/task.js'
import type { Subgroups } from './subgroups.js'

/**
 * How large products are done: in tiles of workgroup memory and event-driven, which is for GPUs; or in blocks of registers,
 * which is for software renderers. The terms of a sum have the same order in both.
 */
export type Products = 'tiles' | 'blocks'

/** What operands of large dense products are rounded to; their sums are f32. */
export type Operands = 'f32' | 'f16'

/** What the code that is written makes use of. */
export interface Traits {
  readonly products: Products
  readonly operands: Operands
  readonly subgroups: Subgroups | null
  readonly bands: BandTraits
}

/** How a band is done: by which workgroups, and what they keep near. */
export interface BandTraits {
  readonly threads: Threads
  /** Whether threads have to wait for each other between two steps. */
  readonly barriers: boolean
  /** Bytes of a tile's own memory that stay near. */
  readonly near: number
  /** Tiles that a band has at least, and workgroups that take them. */
  readonly tiles: number
  /** Most workgroups that take them. */
  readonly groups: number
  /** Most bytes that all workgroups' own memory takes. */
  readonly own: number
  /** Bytes that steps must keep out of shared memory to be a band where no loop makes them one. */
  readonly kept: number
}

/**
 * A software renderer has few threads, with a cache each, and makes its code much slower where there is a barrier: there a
 * workgroup is one subgroup where that runs in step. A GPU wants many workgroups, all with something to do.
 */
export function bandTraits(products: Products, subgroups: Subgroups | null): BandTraits {
  if (products === 'tiles')
    return { threads: 256, barriers: true, near: 1 << 20, tiles: 128, groups: 256, own: 32 << 20, kept: 64 << 20 }
  const lanes = subgroups?.inStep === true ? threadsOf(subgroups) : null
  const software = { near: 768 << 10, tiles: 16, groups: 16, own: 32 << 20, kept: 4 << 20 }
  return lanes === null
    ? { ...software, threads: 64, barriers: true }
    : { ...software, threads: lanes, barriers: false }
}

const threadsOf = ({ least, most }: Subgroups): Threads | null =>
  least === most ? (([4, 8, 16] as const).find((n) => n === least) ?? null) : null
