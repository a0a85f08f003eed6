import type { Threads } from '../plan/task.js'
import type { Subgroups } from './subgroups.js'

/**
 * How large products are computed: in tiles of workgroup memory and event-driven, for GPUs, or in blocks of registers,
 * for software renderers. The terms of a sum have the same order in both.
 */
export type Products = 'tiles' | 'blocks'

/** The type that operands of large dense products are rounded to; their sums are f32. */
export type Operands = 'f32' | 'f16'

/** The choices that generated code depends on. */
export interface Traits {
  readonly products: Products
  readonly operands: Operands
  readonly subgroups: Subgroups | null
  readonly tiling: TilingTraits
}

/** How a tile-fused group runs. */
export interface TilingTraits {
  /** Threads of a workgroup. */
  readonly threads: Threads
  /** Whether threads need a barrier between two steps. */
  readonly barriers: boolean
  /** The largest scratch of a tile in bytes, so that it stays in cache. */
  readonly cacheBytes: number
  /** With fewer workgroups than this for its tiles, a group is not fused. */
  readonly minTiles: number
  readonly maxWorkgroups: number
  /** The largest scratch of all workgroups together, in bytes. */
  readonly scratchBytes: number
  /** A group without a loop must make at least this number of bytes of intermediates tile-local. */
  readonly minLocalBytes: number
}

/**
 * A software renderer has few threads, each with a cache, and barriers slow its code down considerably, so its
 * workgroup is one subgroup if subgroups run in lockstep. A GPU needs many workgroups to be busy.
 */
export function tilingTraits(products: Products, subgroups: Subgroups | null): TilingTraits {
  const scratchBytes = 32 << 20
  if (products === 'tiles') {
    const gpu = { cacheBytes: 1 << 20, minTiles: 128, maxWorkgroups: 256, minLocalBytes: 64 << 20 }
    return { ...gpu, scratchBytes, threads: 256, barriers: true }
  }
  const lanes = subgroups?.inStep === true ? threadsOf(subgroups) : null
  const software = { cacheBytes: 768 << 10, minTiles: 16, maxWorkgroups: 16, minLocalBytes: 4 << 20, scratchBytes }
  return lanes === null
    ? { ...software, threads: 64, barriers: true }
    : { ...software, threads: lanes, barriers: false }
}

const threadsOf = ({ minSize, maxSize }: Subgroups): Threads | null =>
  minSize === maxSize ? (([4, 8, 16] as const).find((n) => n === minSize) ?? null) : null
