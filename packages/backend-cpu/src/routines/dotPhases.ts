import type { DotRoutine, Operand } from '@spikeward/core/backend'
import { kernelGraph, type Loop } from '../kernel/kernelGraph.js'
import type { Build } from '../plan/build.js'
import { loopPhases } from '../plan/kernelPhases.js'
import type { Phase, Pointer, StepPhases } from '../plan/phase.js'
import { operandPointer } from '../plan/pointers.js'
import { isSpikeColumns, spikeColumnPhases } from './spikeColumnPhases.js'
import { isSpikes, spikePhases, type SharedLists } from './spikePhases.js'
import { fitsAtOnce, tilingOf } from './tile.js'
import { tiledPhases } from './tiledPhases.js'

/** Products with fewer rows or columns do not fill a tile and are computed as ordinary reductions. */
const SMALL = 4

/** True for products that pack B once and compute each row in the same way, regardless of how many rows a call has. */
export const isRowwise = (r: DotRoutine): boolean =>
  r.batch > 0 && r.m >= SMALL && r.n >= SMALL && r.k > 0 && !tilingOf(r).packA && fitsAtOnce(r)

/** C[b,i,j] = Σ_k A[b,i,k] B[b,k,j]. */
export function dotPhases(
  build: Build,
  r: DotRoutine,
  ins: readonly Operand[],
  outs: readonly Operand[],
  lists: SharedLists | null = null,
): StepPhases {
  if (r.batch === 0 || r.m === 0 || r.n === 0) return { setup: [], body: [] }
  const [a, b] = ins as [Operand, Operand]
  const pointers = [
    operandPointer(build, a, r.dtype),
    operandPointer(build, b, r.dtype),
    operandPointer(build, outs[0]!, r.dtype),
  ] as const
  if (isSpikeColumns(r)) return spikeColumnPhases(build, r, pointers)
  if (isSpikes(build, r)) return spikePhases(build, r, pointers, lists)
  if (r.k === 0 || r.m < SMALL || r.n < SMALL) return { setup: [], body: foldPhases(build, r, pointers) }
  return tiledPhases(build, r, pointers)
}

/** The product as a kernel that reduces over k. */
function foldPhases(build: Build, r: DotRoutine, pointers: readonly Pointer[]): Phase[] {
  const g = kernelGraph()
  const x = g.add({ op: 'load', dtype: r.dtype, operand: 0 })
  const y = g.add({ op: 'load', dtype: r.dtype, operand: 1 })
  const node = g.op('mul', r.dtype, x, y)
  const loop: Loop = {
    name: `dot ${r.batch}×${r.m}×${r.n}×${r.k}`,
    space: [r.batch, r.m, r.n, r.k],
    time: null,
    reduce: [3],
    loads: [
      { dtype: r.dtype, offset: 0, strides: [r.a.batch, r.a.m, 0, r.a.k], pointer: 0 },
      { dtype: r.dtype, offset: 0, strides: [r.b.batch, 0, r.b.n, r.b.k], pointer: 1 },
    ],
    nodes: g.nodes,
    carries: [],
    stores: [
      { dtype: r.dtype, offset: 0, strides: [r.m * r.n, r.n, 1, 0], pointer: 2, node, when: 'each', reduce: 'sum' },
    ],
  }
  return loopPhases(build, loop, pointers)
}
