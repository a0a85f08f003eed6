import { type DotRoutine, bytesOf } from '@spikeward/core/backend'
import type { Build } from '../plan/build.js'
import type { FunctionRef, Local } from '../wasm/code.js'
import { advance } from '../wasm/loops.js'
import { emitStoreVector } from './units.js'

/**
 * Rows of a tile. Its columns are two vectors: 4 × 8 floats is eight accumulators, which leaves registers for the
 * operands.
 */
export const ROWS = 4
/** The largest number of values of k in one pass, so that the panel of B stays in the first-level cache. */
const DEPTH = 512
const DEPTH_IN_PARTS = 256

/** The sizes of a tiled product. */
export interface Tiling {
  readonly r: DotRoutine
  /** Lanes of a vector, bytes of an element, columns of a panel. */
  readonly lanes: number
  readonly size: number
  readonly columns: number
  readonly panels: number
  /** Columns of the last, narrower panel, or 0. */
  readonly narrow: number
  /** Values of k in one pass. */
  readonly depth: number
  readonly packA: boolean
}

/** The tiling of a product. */
export function tilingOf(r: DotRoutine): Tiling {
  const size = bytesOf(r.dtype)
  const lanes = 16 / size
  const columns = 2 * lanes
  return {
    r,
    lanes,
    size,
    columns,
    panels: Math.floor(r.n / columns),
    narrow: r.n % columns,
    depth: r.k <= DEPTH ? r.k : DEPTH_IN_PARTS,
    packA: r.a.k !== 1 || r.a.m < 0,
  }
}

/** Up to this number of bytes, all of B is packed at once; otherwise it is packed by batch and by ranges of k. */
const PACK_BYTES = 1 << 20

/** Bytes of B in panels, over all batches. */
export function panelBytes(r: DotRoutine): number {
  const { columns, size } = tilingOf(r)
  return (r.b.batch === 0 ? 1 : r.batch) * Math.ceil(r.n / columns) * columns * r.k * size
}

/** True if all of B is packed at once, for all of k. */
export const fitsAtOnce = (r: DotRoutine): boolean => tilingOf(r).depth === r.k && panelBytes(r) <= PACK_BYTES

/**
 * `(A, B panel, C, accumulate)`: a tile of height × width. The accumulators are variables; each iteration loads two
 * vectors of B and broadcasts one element of each row of A.
 */
export function defineTile(build: Build, t: Tiling, height: number, width: number): FunctionRef {
  const { r, lanes, size, columns, depth, packA } = t
  const vectors = Math.ceil(width / lanes)
  const type = r.dtype === 'f32' ? 'f32x4' : 'f64x2'
  const splat = r.dtype === 'f32' ? 'v128.load32_splat' : 'v128.load64_splat'
  const rowOffset = (packA ? 1 : r.a.m) * size
  const step = (packA ? ROWS : r.a.k) * size
  return build.module.define(['i32', 'i32', 'i32', 'i32'], (c, params) => {
    const [a, b, out, accumulate] = params as [Local, Local, Local, Local]
    const sums = Array.from({ length: height }, () => Array.from({ length: vectors }, () => c.local('v128')))
    const right = Array.from({ length: vectors }, () => c.local('v128'))
    const left = c.local('v128')
    const end = c.local('i32')
    const tail = (v: number): number => Math.min(lanes, width - v * lanes)
    c.get(accumulate).when(() => {
      for (const [i, row] of sums.entries()) {
        for (const [v, sum] of row.entries()) {
          // A narrow panel covers part of a vector of C: only its lanes are stored.
          c.get(out)
            .mem('v128.load', i * r.n * size + v * 16)
            .set(sum)
        }
      }
    })
    c.get(a)
      .i32(depth * step)
      .op('i32.add')
      .set(end)
    c.loop((again) => {
      for (const [v, part] of right.entries())
        c.get(b)
          .mem('v128.load', v * 16)
          .set(part)
      for (const [i, row] of sums.entries()) {
        c.get(a)
          .mem(splat, i * rowOffset)
          .set(left)
        for (const [v, sum] of row.entries()) {
          c.get(left).get(right[v]!)
          if (build.target.relaxed) c.get(sum).op(`${type}.relaxed_madd`)
          else c.op(`${type}.mul`).get(sum).op(`${type}.add`)
          c.set(sum)
        }
      }
      advance(c, b, columns * size)
      c.get(a).i32(step).op('i32.add').tee(a).get(end).op('i32.ne').branchIf(again)
    })
    for (const [i, row] of sums.entries()) {
      for (const [v, sum] of row.entries()) emitStoreVector(c, r.dtype, out, i * r.n * size + v * 16, tail(v), sum)
    }
  })
}
