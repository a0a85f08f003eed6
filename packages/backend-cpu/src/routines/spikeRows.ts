import { emitLoad } from '../kernel/access.js'
import type { Build } from '../plan/build.js'
import { locals, lanesI32, splatI32, type Code, type FunctionRef, type Local } from '../wasm/code.js'
import { advance, countDown, repeat } from '../wasm/loops.js'
import { emitStoreVector } from './units.js'

/**
 * Number of vectors of sums in a block: enough to hide the latency of an addition. The engine loads a whole row of B
 * before it adds any of it, so sums and row together must fit the registers (fifteen on x64; an eighth vector spills).
 */
const MAX_VECTORS = 7

/** Columns in a block of B: whole vectors, spread as evenly as possible over the blocks. */
export function blockColumns(n: number): number {
  const vectors = Math.ceil(n / 4)
  return 4 * Math.ceil(vectors / Math.ceil(vectors / MAX_VECTORS))
}

/** Bytes of the list of a row of k elements, with room for the last vector. */
export const listBytes = (k: number): number => 4 * (k + 4)

/** The shuffle that brings the lanes of `mask` to the front. */
export function shuffleOf(mask: number): number[] {
  const lanes = [0, 1, 2, 3].filter((i) => (mask & (1 << i)) !== 0)
  return [0, 1, 2, 3].flatMap((i) => [0, 1, 2, 3].map((byte) => (lanes[i] ?? 0) * 4 + byte))
}

/** `(row of A, list, shuffles)` → end of the list: writes the byte offset of a row of B for each 1 in the row of A. */
export function defineCollect(build: Build, k: number, rowBytes: number): FunctionRef {
  return build.module.define(
    ['i32', 'i32', 'i32'],
    (c, params) => {
      const [from, to, table] = params as [Local, Local, Local]
      const mask = c.local('i32')
      const [places, elements] = locals(c, 'v128', 2)
      c.v128(lanesI32(0, rowBytes, 2 * rowBytes, 3 * rowBytes)).set(places)
      const four = (): void => {
        c.v128(splatI32(0)).op('f32x4.ne').op('i32x4.bitmask').set(mask)
        c.get(to)
          .get(places)
          .get(table)
          .get(mask)
          .i32(4)
          .op('i32.shl')
          .op('i32.add')
          .mem('v128.load')
          .op('i8x16.swizzle')
          .mem('v128.store')
        c.get(to).get(mask).op('i32.popcnt').i32(2).op('i32.shl').op('i32.add').set(to)
      }
      const whole = Math.floor(k / 4)
      const unrolled = whole % 4 === 0 ? 4 : 1
      repeat(c, whole / unrolled, () => {
        for (let u = 0; u < unrolled; u++) {
          c.get(from).mem('v128.load', 16 * u)
          four()
          c.get(places)
            .v128(splatI32(4 * rowBytes))
            .op('i32x4.add')
            .set(places)
        }
        advance(c, from, 16 * unrolled)
      })
      if (k % 4 > 0) {
        emitLoad(c, 'f32', { pointer: from, offset: 0, stride: 1, lanes: k % 4 }, [elements])
        c.get(elements)
        four()
      }
      c.get(to)
    },
    'i32',
  )
}

/**
 * `(lists, ends, rows, B, C, accumulate)`: for each row, `width` columns of the sum of its rows of B, added to C or to
 * zero.
 */
export function defineAddRows(build: Build, width: number, n: number, k: number): FunctionRef {
  const vectors = Math.ceil(width / 4)
  return build.module.define(['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], (c, params) => {
    const [list, ends, rows, b, out, accumulate] = params as [Local, Local, Local, Local, Local, Local]
    const [at, end, row] = locals(c, 'i32', 3)
    const sums = Array.from({ length: vectors }, () => c.local('v128'))
    countDown(c, rows, () => {
      c.get(list).set(at)
      c.get(ends).mem('i32.load').set(end)
      c.get(accumulate).when(
        () => {
          for (const [v, sum] of sums.entries())
            c.get(out)
              .mem('v128.load', 16 * v)
              .set(sum)
        },
        () => {
          for (const sum of sums) c.v128(splatI32(0)).set(sum)
        },
      )
      c.block((done) => {
        c.loop((next) => {
          c.get(at).get(end).op('i32.eq').branchIf(done)
          addRow(c, sums, b, at, row)
          c.get(at).i32(4).op('i32.add').set(at).branch(next)
        })
      })
      for (const [v, sum] of sums.entries()) emitStoreVector(c, 'f32', out, 16 * v, Math.min(4, width - 4 * v), sum)
      advance(c, list, listBytes(k))
      advance(c, ends, 4)
      advance(c, out, 4 * n)
    })
  })
}

/** Adds the row of B at the byte offset that the list has at `at`. */
function addRow(c: Code, sums: readonly Local[], b: Local, at: Local, row: Local): void {
  c.get(at).mem('i32.load').get(b).op('i32.add').set(row)
  for (const [v, sum] of sums.entries())
    c.get(sum)
      .get(row)
      .mem('v128.load', 16 * v)
      .op('f32x4.add')
      .set(sum)
}
