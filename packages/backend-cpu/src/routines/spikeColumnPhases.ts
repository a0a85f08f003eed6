import type { DotRoutine } from '@spikeward/core/backend'
import type { Build } from '../plan/build.js'
import type { Phase, StepPhases } from '../plan/phase.js'
import { threadPointer } from '../plan/pointers.js'
import { locals, splatI32, type FunctionRef, type Local } from '../wasm/code.js'
import { advance, countDown, pushAt, repeat } from '../wasm/loops.js'
import { isWorthThreads } from './spikePhases.js'
import { blockColumns, defineAddRows, listBytes } from './spikeRows.js'
import { ROWS } from './tile.js'
import type { Operands } from './tiledPhases.js'
import { eachUnit } from './units.js'

/** Rows of spikes whose columns are listed at once. The rows of a block of B then stay in a first-level cache. */
const DEPTH = 128
/** The largest number of columns of spikes that are listed at once. */
const MAX_COLUMNS = 256
/** With fewer rows of spikes, building the lists does not pay off. */
const MIN_DEPTH = 32

/** True if the event-driven product applies to the columns of a matrix of spikes, as in the gradient of weights. */
export const isSpikeColumns = (r: DotRoutine): boolean =>
  r.binary &&
  r.dtype === 'f32' &&
  r.a.m === 1 &&
  r.a.k > 1 &&
  r.b.n === 1 &&
  r.m % ROWS === 0 &&
  r.n % 4 === 0 &&
  r.n >= 8 &&
  r.k >= MIN_DEPTH

/**
 * The product of transposed spikes, event-driven: row i of C is the sum of those rows of B at which column i of the
 * spikes has a 1. Sums run in ascending k, so the result equals the dense product to the bit.
 *
 * `DEPTH` rows of spikes at a time, the positions of the ones of each column are listed; then, for each block of
 * columns of B, those rows of B are copied side by side and added to C. Each thread owns some rows of C.
 */
export function spikeColumnPhases(build: Build, r: DotRoutine, [a, b, c]: Operands): StepPhases {
  const parallel = isWorthThreads(r)
  const rows = Math.min(MAX_COLUMNS, parallel ? ROWS * Math.ceil(r.m / (ROWS * build.threads)) : r.m)
  const scratch = threadPointer(build, scratchLayout(r, rows).bytes)
  build.note(`dot ${r.batch}×${r.m}×${r.n}×${r.k} f32: event-driven by columns, ${rows} at a time`)
  const product: Phase = {
    kind: 'call',
    name: 'spikes, transposed',
    call: build.once(`spike columns ${JSON.stringify([r, rows])}`, () => defineProduct(build, r, rows, parallel)),
    pointers: [a, b, c, scratch],
    integers: [],
    parallel,
    reads: [a.span, b.span],
    writes: [c.span, scratch.span],
  }
  return { setup: [], body: [product] }
}

/** Scratch memory of one thread: a list for each row of C, the end of each list, the rows of a block of B. */
function scratchLayout(r: DotRoutine, rows: number): { ends: number; block: number; bytes: number } {
  const ends = rows * listBytes(DEPTH)
  const block = 16 * Math.ceil((ends + 4 * rows) / 16)
  return { ends, block, bytes: block + 4 * blockColumns(r.n) * Math.min(DEPTH, r.k) }
}

/** `(thread, A, B, C, scratch)` */
function defineProduct(build: Build, r: DotRoutine, rows: number, parallel: boolean): FunctionRef {
  const columns = blockColumns(r.n)
  const blocks = Math.floor(r.n / columns)
  const rest = r.n % columns
  const { ends, block } = scratchLayout(r, rows)
  const collect = build.once(`collect columns ${r.a.k} ${columns}`, () => defineCollectColumns(build, r, 4 * columns))
  const widths = [blocks > 0 ? columns : 0, rest].filter((w) => w > 0)
  const parts = new Map(
    widths.map((w) => [
      w,
      {
        copy: build.once(`copy rows ${w} ${columns} ${r.b.k}`, () => defineCopyRows(build, w, columns, r.b.k)),
        add: build.once(`add rows ${w} ${r.n} ${DEPTH}`, () => defineAddRows(build, w, r.n, DEPTH)),
      },
    ]),
  )
  const perMatrix = Math.ceil(r.m / rows)
  return build.module.define(['i32', 'i32', 'i32', 'i32', 'i32'], (c, params) => {
    const [thread, a, b, out, scratch] = params as [Local, Local, Local, Local, Local]
    const [listEnds, rowsOfB, count, aAt, bAt, cAt, bColumn, cColumn, later] = locals(c, 'i32', 9)
    c.get(scratch).i32(ends).op('i32.add').set(listEnds)
    c.get(scratch).i32(block).op('i32.add').set(rowsOfB)
    /** Adds `depth` rows of spikes. */
    const addRows = (depth: number): void => {
      c.get(aAt).get(scratch).get(listEnds).get(count).i32(depth).call(collect)
      c.get(bAt).set(bColumn)
      c.get(cAt).set(cColumn)
      const column = (width: number): void => {
        const { copy, add } = parts.get(width)!
        c.get(bColumn).get(rowsOfB).i32(depth).call(copy)
        c.get(scratch).get(listEnds).get(count).get(rowsOfB).get(cColumn).get(later).call(add)
        advance(c, bColumn, 4 * width)
        advance(c, cColumn, 4 * width)
      }
      repeat(c, blocks, () => column(columns))
      if (rest > 0) column(rest)
      c.i32(1).set(later)
      advance(c, aAt, 4 * depth * r.a.k)
      advance(c, bAt, 4 * depth * r.b.k)
    }
    eachUnit(c, thread, r.batch * perMatrix, parallel ? build.threads : 1, (unit) => {
      const [batch, first] = locals(c, 'i32', 2)
      c.get(unit).i32(perMatrix).op('i32.div_u').set(batch)
      c.get(unit).i32(perMatrix).op('i32.rem_u').i32(rows).op('i32.mul').set(first)
      // The last part of a matrix may have fewer rows.
      c.i32(r.m)
        .get(first)
        .op('i32.sub')
        .tee(count)
        .i32(rows)
        .get(count)
        .i32(rows)
        .op('i32.lt_u')
        .op('select')
        .set(count)
      pushAt(c, a, batch, 4 * r.a.batch)
        .get(first)
        .i32(4)
        .op('i32.mul')
        .op('i32.add')
        .set(aAt)
      pushAt(c, b, batch, 4 * r.b.batch).set(bAt)
      pushAt(c, out, batch, 4 * r.m * r.n)
        .get(first)
        .i32(4 * r.n)
        .op('i32.mul')
        .op('i32.add')
        .set(cAt)
      c.i32(0).set(later)
      repeat(c, Math.floor(r.k / DEPTH), () => addRows(DEPTH))
      if (r.k % DEPTH > 0) addRows(r.k % DEPTH)
    })
  })
}

/**
 * `(A, lists, ends, columns, depth)`: for each column of `depth` rows of A, the byte offset of a row of B for each 1,
 * and the end of its list. It processes four columns at a time: every row is written to four lists, and the ends of
 * those with a 1 advance.
 */
function defineCollectColumns(build: Build, r: DotRoutine, rowBytes: number): FunctionRef {
  return build.module.define(['i32', 'i32', 'i32', 'i32', 'i32'], (c, params) => {
    const [a, lists, ends, columns, depth] = params as [Local, Local, Local, Local, Local]
    const [from, place, left, mask] = locals(c, 'i32', 4)
    const to = locals(c, 'i32', 4)
    c.get(columns).i32(2).op('i32.shr_u').set(columns)
    countDown(c, columns, () => {
      for (const [i, end] of to.entries())
        c.get(lists)
          .i32(i * listBytes(DEPTH))
          .op('i32.add')
          .set(end)
      c.get(a).set(from)
      c.i32(0).set(place)
      c.get(depth).set(left)
      countDown(c, left, () => {
        c.get(from).mem('v128.load').v128(splatI32(0)).op('f32x4.ne').op('i32x4.bitmask').set(mask)
        for (const [i, end] of to.entries()) {
          c.get(end).get(place).mem('i32.store')
          c.get(end).get(mask)
          // Bit i, times the four bytes of an element.
          if (i < 2) c.i32(2 - i).op('i32.shl')
          else if (i > 2) c.i32(i - 2).op('i32.shr_u')
          c.i32(4).op('i32.and').op('i32.add').set(end)
        }
        advance(c, place, rowBytes)
        advance(c, from, 4 * r.a.k)
      })
      for (const [i, end] of to.entries())
        c.get(ends)
          .get(end)
          .mem('i32.store', 4 * i)
      advance(c, lists, 4 * listBytes(DEPTH))
      advance(c, ends, 16)
      advance(c, a, 16)
    })
  })
}

/** `(B, to, depth)`: copies `width` columns of `depth` rows of B to rows of `columns`. */
function defineCopyRows(build: Build, width: number, columns: number, rowStride: number): FunctionRef {
  return build.module.define(['i32', 'i32', 'i32'], (c, params) => {
    const [from, to, depth] = params as [Local, Local, Local]
    countDown(c, depth, () => {
      for (let at = 0; at < 4 * width; at += 16) c.get(to).get(from).mem('v128.load', at).mem('v128.store', at)
      advance(c, from, 4 * rowStride)
      advance(c, to, 4 * columns)
    })
  })
}
