import type { DotRoutine, Kernel } from '@spikeward/core/backend'
import { kernelTask } from '../kernel/kernelTask.js'
import type { Subgroups } from '../device/subgroups.js'
import type { Traits } from '../device/traits.js'
import type { Task } from '../plan/task.js'
import { blockedTask } from './blockedTask.js'
import { broadcastTask } from './broadcastTask.js'
import { spikeTask } from './spikeTask.js'
import { tiledTask } from './tiledTask.js'

/** Products with fewer rows, columns or terms do not fill a tile and are computed as ordinary reductions. */
const SMALL = 8
/** Up to this number of multiply-adds, tiles do not repay their longer shader. */
const FEW = 2 ** 15
/** The largest number of terms whose bits fit next to a tile in the workgroup memory that WebGPU guarantees. */
const MAX_BITS = 4096

/**
 * C[b,i,j] = Σ_k A[b,i,k] B[b,k,j]; `a`, `b`, `c` are the elements at which the operands start. In a tile-fused group
 * one workgroup computes the product of one tile, by the method of the whole product of `tilesInPartition` tiles.
 */
export function dotTask(r: DotRoutine, traits: Traits, a: string, b: string, c: string, tilesInPartition = 1): Task {
  if (!fillsTiles(r, tilesInPartition)) return kernelTask(foldKernel(r), { loads: [a, b], stores: [c] }, traits)
  const { products, subgroups } = traits
  const operands = r.binary ? 'f32' : traits.operands
  if (products === 'blocks') {
    const lanes = lanesOf(subgroups)
    return lanes === null
      ? blockedTask(r, operands, a, b, c)
      : broadcastTask(r, lanes, operands, tilesInPartition === 1 ? 'spread' : 'alone', a, b, c)
  }
  return r.binary && r.k <= MAX_BITS ? spikeTask(r, a, b, c) : tiledTask(r, operands, a, b, c)
}

/** Fewer terms than this are summed by one thread. */
const ONE_THREAD = 16

/** Whether the order of the product's sums does not depend on the number of rows or threads. */
export const isRowwise = (r: DotRoutine): boolean => fillsTiles(r) || r.k < ONE_THREAD

const fillsTiles = (r: DotRoutine, tilesInPartition = 1): boolean =>
  Math.min(r.m * tilesInPartition, r.n, r.k) >= SMALL && r.batch * r.m * r.n * r.k * tilesInPartition > FEW

/** The lanes of a subgroup, if blocks support that number. */
const lanesOf = (subgroups: Subgroups | null): number | null =>
  subgroups !== null && subgroups.minSize === subgroups.maxSize && [4, 8, 16].includes(subgroups.minSize)
    ? subgroups.minSize
    : null

const foldKernel = (r: DotRoutine): Kernel => ({
  name: 'dot',
  space: [r.batch, r.m, r.n, r.k],
  time: null,
  reduce: [3],
  loads: [
    { dtype: r.dtype, offset: 0, strides: [r.a.batch, r.a.m, 0, r.a.k] },
    { dtype: r.dtype, offset: 0, strides: [r.b.batch, 0, r.b.n, r.b.k] },
  ],
  nodes: [
    { op: 'load', dtype: r.dtype, operand: 0 },
    { op: 'load', dtype: r.dtype, operand: 1 },
    { op: 'mul', dtype: r.dtype, args: [0, 1] },
  ],
  carries: [],
  stores: [{ dtype: r.dtype, offset: 0, strides: [r.m * r.n, r.n, 1, 0], node: 2, when: 'each', reduce: 'sum' }],
})
