import type { DotRoutine, Kernel } from '@spikeward/core/backend'
import { kernelTask } from '../kernel/emit.js'
import type { Task } from '../plan/task.js'
import { blockedTask } from './blocked.js'
import { spikeTask } from './spikes.js'
import { tiledTask } from './tiled.js'

/** Below so many rows, columns or terms there is no tile to fill: the product is a fold like any other. */
const SMALL = 8
/** Products up to which a tile is not worth its longer shader. */
const FEW = 2 ** 15
/** The most terms whose bits fit into the least workgroup memory that a device may have, beside a tile. */
const MOST_BITS = 4096

/**
 * How large products are done: in tiles of workgroup memory and event-driven, which is for GPUs; or in blocks of registers,
 * which is for software renderers. The terms of a sum have the same order in both.
 */
export type Products = 'tiles' | 'blocks'

/** C[b,i,j] = Σ_k A[b,i,k] B[b,k,j]; `a`, `b`, `c` say where the operands begin. */
export function dotTask(r: DotRoutine, products: Products, a: string, b: string, c: string): Task {
  if (Math.min(r.m, r.n, r.k) < SMALL || r.batch * r.m * r.n * r.k <= FEW)
    return kernelTask(foldKernel(r), { loads: [a, b], stores: [c] })
  if (products === 'blocks') return blockedTask(r, a, b, c)
  return r.binary && r.k <= MOST_BITS ? spikeTask(r, a, b, c) : tiledTask(r, a, b, c)
}

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
