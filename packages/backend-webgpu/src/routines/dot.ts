import type { DotRoutine, Kernel } from '@spikeward/core/backend'
import { kernelTask } from '../kernel/emit.js'
import type { Subgroups } from '../device/subgroups.js'
import type { Traits } from '../device/traits.js'
import type { Task } from '../plan/task.js'
import { blockedTask } from './blocked.js'
import { broadcastTask } from './broadcast.js'
import { spikeTask } from './spikes.js'
import { tiledTask } from './tiled.js'

/** Below so many rows, columns or terms there is no tile to fill: the product is a fold like any other. */
const SMALL = 8
/** Products up to which a tile is not worth its longer shader. */
const FEW = 2 ** 15
/** The most terms whose bits fit into the least workgroup memory that a device may have, beside a tile. */
const MOST_BITS = 4096

/**
 * C[b,i,j] = Σ_k A[b,i,k] B[b,k,j]; `a`, `b`, `c` say where the operands begin. It may be a part of which `share` make up
 * a whole product, done by one workgroup: it is done as the whole would be.
 */
export function dotTask(r: DotRoutine, traits: Traits, a: string, b: string, c: string, share = 1): Task {
  if (!fillsTiles(r, share)) return kernelTask(foldKernel(r), { loads: [a, b], stores: [c] }, traits)
  const { products, subgroups } = traits
  const operands = r.binary ? 'f32' : traits.operands
  if (products === 'blocks') {
    const lanes = lanesOf(subgroups)
    return lanes === null
      ? blockedTask(r, operands, a, b, c)
      : broadcastTask(r, lanes, operands, share === 1 ? 'spread' : 'alone', a, b, c)
  }
  return r.binary && r.k <= MOST_BITS ? spikeTask(r, a, b, c) : tiledTask(r, operands, a, b, c)
}

/** Terms below which a sum is one thread's. */
const ONE_THREAD = 16

/** Whether the sums of a product have the same order whatever the number of threads. */
export const sumsAlike = (r: DotRoutine): boolean => fillsTiles(r) || r.k < ONE_THREAD

const fillsTiles = (r: DotRoutine, share = 1): boolean =>
  Math.min(r.m * share, r.n, r.k) >= SMALL && r.batch * r.m * r.n * r.k * share > FEW

/** The lanes of a subgroup, where that is a number that blocks can have. */
const lanesOf = (subgroups: Subgroups | null): number | null =>
  subgroups !== null && subgroups.least === subgroups.most && [4, 8, 16].includes(subgroups.least)
    ? subgroups.least
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
