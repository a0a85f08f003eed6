import type { DotRoutine } from '@spikeward/core/backend'
import { emitLoad } from '../kernel/access.js'
import type { Build } from '../plan/build.js'
import { scratchPointer, type Phase } from '../plan/phase.js'
import { lanesI32, splatI32, type Code, type FunctionRef, type Local } from '../wasm/code.js'
import { defineGroup, eachUnit, emitStoreVector, PACK_BYTES, packPhases, ROWS, tilingOf, type Operands, type Tiling } from './tiled.js'

/** Columns done together: eight vectors of sums, enough to hide the latency of an addition. */
const VECTORS = 8
const COLUMNS = 4 * VECTORS
/** Bytes that the lists of a group of rows may take: they are read once for every block of columns. */
const LIST_BYTES = 16384
/** Share of ones from which the dense tiles are faster (bench/products.mjs). */
const DENSE = 0.7
const WORTH_DEALING = 400_000

/** True where the event-driven product is possible: spikes of f32 whose rows run along k. */
export const isSpikes = (r: DotRoutine): boolean => r.binary && r.dtype === 'f32' && r.a.k === 1 && r.m >= 32 && r.n >= 8 && r.k >= 4

/**
 * The product with a matrix of spikes, event-driven: a row of C is the sum of those rows of B at which the row of A has a 1.
 *
 * The places of the ones are collected once a row, without a branch: four elements give a 4-bit mask, the mask a
 * shuffle that brings the places of its ones to the front. Then, block of columns by block of columns, rows of B are
 * added to sums held in registers. B is copied into blocks of columns first: one block stays in the first-level cache, which
 * rows of the whole width, a power of two apart, do not. Sums run in ascending k, so the values are those of the dense
 * product to the bit.
 *
 * A group of rows with more ones than `DENSE` of its elements is multiplied densely, in tiles. The choice hangs on the
 * data alone, and both ways give the same values.
 */
export function spikePhases(build: Build, r: DotRoutine, [a, b, c]: Operands): Phase[] {
  const rows = ROWS * Math.max(1, Math.min(4, Math.floor(LIST_BYTES / (4 * ROWS * r.k)), Math.floor(r.m / (16 * ROWS))))
  const blockBytes = (r.b.batch === 0 ? 1 : r.batch) * batchBytes(r)
  const blocks = scratchPointer(build.plan, build.scratch(blockBytes), blockBytes)
  const phases = packPhases(build, 'B', [r.batch, r.b.batch], [r.n, r.b.n], [r.k, r.b.k], COLUMNS, r.dtype, b, blocks)
  const tiling = tilingOf(r)
  const panelBytes = (r.b.batch === 0 ? 1 : r.batch) * panelSize(tiling)
  const dense = tiling.depth === r.k && panelBytes <= PACK_BYTES && r.a.m >= 0
  const panels = scratchPointer(build.plan, build.scratch(dense ? panelBytes : 0), panelBytes)
  if (dense) phases.push(...packPhases(build, 'B', [r.batch, r.b.batch], [r.n, r.b.n], [r.k, r.b.k], tiling.columns, r.dtype, b, panels))
  const bytes = build.threads * threadBytes(r.k, rows)
  const scratch = scratchPointer(build.plan, build.scratch(bytes), bytes)
  build.note(`dot ${r.batch}×${r.m}×${r.n}×${r.k} f32: event-driven, ${rows} rows at a time`)
  phases.push({
    kind: 'call',
    name: 'spikes',
    call: build.once(`spikes ${JSON.stringify(r)}`, () => defineSpikes(build, r, rows, dense)),
    pointers: [a, blocks, panels, c, scratch],
    integers: [],
    parallel: worthDealing(r),
    reads: [a.span, blocks.span, panels.span],
    writes: [c.span, scratch.span],
  })
  return phases
}

const worthDealing = (r: DotRoutine): boolean => r.batch * r.m * r.n * r.k >= WORTH_DEALING

/** Scratch memory of one thread: the shuffles, a list a row (with room for the last vector), the end of every list. */
const listBytes = (k: number): number => 4 * (k + 4)
const threadBytes = (k: number, rows: number): number => Math.ceil((256 + rows * (listBytes(k) + 4)) / 64) * 64

/** Bytes of one B in blocks of columns. */
const batchBytes = (r: DotRoutine): number => 4 * Math.ceil(r.n / COLUMNS) * COLUMNS * r.k

/** Bytes of one B in the panels of the dense tiles. */
const panelSize = ({ r, columns, size }: Tiling): number => Math.ceil(r.n / columns) * columns * r.k * size

/** `(thread, A, B in blocks of columns, B in panels, C, scratch)` */
function defineSpikes(build: Build, r: DotRoutine, rows: number, dense: boolean): FunctionRef {
  const collect = build.once(`collect ${r.k}`, () => defineCollect(build, r.k, 4 * COLUMNS))
  const blocks = Math.floor(r.n / COLUMNS)
  const rest = r.n % COLUMNS
  const widths = [blocks > 0 ? COLUMNS : 0, rest].filter((w) => w > 0)
  const adders = new Map(widths.map((w) => [w, build.once(`add rows ${w} ${r.n} ${r.k}`, () => defineAddRows(build, w, r.n, r.k))]))
  // A matrix of spikes shared by the whole batch is read once for all of it.
  const shared = r.a.batch === 0 ? r.batch : 1
  const groups = Math.ceil(r.m / rows)
  const tiling = tilingOf(r)
  const denseGroup = dense ? defineGroup(build, tiling, rows) : null
  return build.module.define(['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], (c, params) => {
    const [thread, a, b, panels, out, scratch] = params as [Local, Local, Local, Local, Local, Local]
    const local = (): Local => c.local('i32')
    const [table, lists, ends, count, row, from, ones, list] = [local(), local(), local(), local(), local(), local(), local(), local()]
    c.get(scratch).get(thread).i32(threadBytes(r.k, rows)).op('i32.mul').op('i32.add').tee(table).i32(256).op('i32.add').tee(lists)
    c.i32(rows * listBytes(r.k)).op('i32.add').set(ends)
    for (let mask = 0; mask < 16; mask++) c.get(table).v128(shuffleOf(mask)).mem('v128.store', 16 * mask)

    eachUnit(c, thread, (r.batch / shared) * groups, worthDealing(r) ? build.threads : 1, (unit) => {
      const [batch, group, aAt, cAt, bAt, again, column] = [local(), local(), local(), local(), local(), local(), local()]
      c.get(unit).i32(groups).op('i32.div_u').set(batch)
      c.get(unit).i32(groups).op('i32.rem_u').set(group)
      c.i32(rows).i32(r.m - (groups - 1) * rows).get(group).i32(groups - 1).op('i32.ne').op('select').set(count)
      c.get(a).get(batch).i32(4 * r.a.batch).op('i32.mul').op('i32.add').get(group).i32(4 * rows * r.a.m).op('i32.mul').op('i32.add').tee(aAt).set(from)
      c.i32(0).tee(ones).set(row)
      c.get(lists).set(list)
      c.loop((next) => {
        c.get(ends).get(row).i32(4).op('i32.mul').op('i32.add')
        c.get(from).get(list).get(table).call(collect).mem('i32.store')
        c.get(ends).get(row).i32(4).op('i32.mul').op('i32.add').mem('i32.load').get(list).op('i32.sub').get(ones).op('i32.add').set(ones)
        c.get(list).i32(listBytes(r.k)).op('i32.add').set(list)
        c.get(from).i32(4 * r.a.m).op('i32.add').set(from)
        c.get(row).i32(1).op('i32.add').tee(row).get(count).op('i32.lt_u').branchIf(next)
      })
      c.get(out).get(batch).i32(4 * r.m * r.n).op('i32.mul').op('i32.add').get(group).i32(4 * rows * r.n).op('i32.mul').op('i32.add').set(cAt)
      const columns = (bRow: Local, cRow: Local): void => {
        const [bColumn, cColumn] = [local(), local()]
        c.get(bRow).set(bColumn)
        c.get(cRow).set(cColumn)
        const call = (width: number): void => { c.get(lists).get(ends).get(count).get(bColumn).get(cColumn).call(adders.get(width)!) }
        if (blocks > 0) {
          c.i32(blocks).set(column)
          c.loop((next) => {
            call(COLUMNS)
            c.get(bColumn).i32(4 * COLUMNS * r.k).op('i32.add').set(bColumn)
            c.get(cColumn).i32(4 * COLUMNS).op('i32.add').set(cColumn)
            c.get(column).i32(1).op('i32.sub').tee(column).branchIf(next)
          })
        }
        if (rest > 0) call(rest)
      }
      /** Runs `body` for every matrix that shares the spikes of this group; B's address moves on by `step` elements. */
      const eachShared = (step: number, body: () => void): void => {
        if (shared === 1) return body()
        c.i32(shared).set(again)
        c.loop((next) => {
          body()
          c.get(bAt).i32(4 * step).op('i32.add').set(bAt)
          c.get(cAt).i32(4 * r.m * r.n).op('i32.add').set(cAt)
          c.get(again).i32(1).op('i32.sub').tee(again).branchIf(next)
        })
      }
      const start = (base: Local, step: number): void => {
        c.get(base)
        if (shared === 1) c.get(batch).i32(4 * step).op('i32.mul').op('i32.add')
        c.set(bAt)
      }
      const eventDriven = (): void => {
        const step = r.b.batch === 0 ? 0 : batchBytes(r) / 4
        start(b, step)
        eachShared(step, () => columns(bAt, cAt))
      }
      if (denseGroup === null) return eventDriven()
      const step = r.b.batch === 0 ? 0 : panelSize(tiling) / 4
      // Bytes of the lists: 4 for every one.
      c.get(ones).get(count).i32(Math.floor(4 * DENSE * r.k)).op('i32.mul').op('i32.gt_u').when(() => {
        start(panels, step)
        eachShared(step, () => {
          c.get(aAt).get(bAt).get(cAt).get(group).i32(groups - 1).op('i32.eq').i32(0).call(denseGroup)
        })
      }, eventDriven)
    })
  })
}

/** The shuffle that brings the lanes of `mask` to the front. */
function shuffleOf(mask: number): number[] {
  const lanes = [0, 1, 2, 3].filter((i) => (mask & (1 << i)) !== 0)
  return [0, 1, 2, 3].flatMap((i) => [0, 1, 2, 3].map((byte) => (lanes[i] ?? 0) * 4 + byte))
}

/** `(row of A, list, shuffles)` → end of the list: writes the byte offset of a row of B for every one in the row of A. */
function defineCollect(build: Build, k: number, rowBytes: number): FunctionRef {
  return build.module.define(['i32', 'i32', 'i32'], (c, params) => {
    const [from, to, table] = params as [Local, Local, Local]
    const [mask, left] = [c.local('i32'), c.local('i32')]
    const [places, elements] = [c.local('v128'), c.local('v128')]
    c.v128(lanesI32(0, rowBytes, 2 * rowBytes, 3 * rowBytes)).set(places)
    const four = (): void => {
      c.v128(splatI32(0)).op('f32x4.ne').op('i32x4.bitmask').set(mask)
      c.get(to).get(places).get(table).get(mask).i32(4).op('i32.shl').op('i32.add').mem('v128.load').op('i8x16.swizzle').mem('v128.store')
      c.get(to).get(mask).op('i32.popcnt').i32(2).op('i32.shl').op('i32.add').set(to)
    }
    const whole = Math.floor(k / 4)
    c.i32(whole).set(left)
    c.loop((again) => {
      c.get(from).mem('v128.load')
      four()
      c.get(places).v128(splatI32(4 * rowBytes)).op('i32x4.add').set(places)
      c.get(from).i32(16).op('i32.add').set(from)
      c.get(left).i32(1).op('i32.sub').tee(left).branchIf(again)
    })
    if (k % 4 > 0) {
      emitLoad(c, 'f32', { pointer: from, offset: 0, stride: 1, lanes: k % 4 }, [elements])
      c.get(elements)
      four()
    }
    c.get(to)
  }, 'i32')
}

/** `(lists, ends, rows, B, C)`: for every row the sum of its rows of B, `width` columns of it. */
function defineAddRows(build: Build, width: number, n: number, k: number): FunctionRef {
  const vectors = Math.ceil(width / 4)
  return build.module.define(['i32', 'i32', 'i32', 'i32', 'i32'], (c, params) => {
    const [list, ends, rows, b, out] = params as [Local, Local, Local, Local, Local]
    const [at, end, row] = [c.local('i32'), c.local('i32'), c.local('i32')]
    const sums = Array.from({ length: vectors }, () => c.local('v128'))
    c.loop((nextRow) => {
      c.get(list).set(at)
      c.get(ends).mem('i32.load').set(end)
      for (const sum of sums) c.v128(splatI32(0)).set(sum)
      c.block((done) => {
        c.loop((next) => {
          c.get(at).get(end).op('i32.eq').branchIf(done)
          addRow(c, sums, b, at, row)
          c.get(at).i32(4).op('i32.add').set(at).branch(next)
        })
      })
      for (const [v, sum] of sums.entries()) emitStoreVector(c, 'f32', out, 16 * v, Math.min(4, width - 4 * v), sum)
      c.get(list).i32(listBytes(k)).op('i32.add').set(list)
      c.get(ends).i32(4).op('i32.add').set(ends)
      c.get(out).i32(4 * n).op('i32.add').set(out)
      c.get(rows).i32(1).op('i32.sub').tee(rows).branchIf(nextRow)
    })
  })
}

/** sums += the row of B at the byte offset that the list holds at `at`. */
function addRow(c: Code, sums: readonly Local[], b: Local, at: Local, row: Local): void {
  c.get(at).mem('i32.load').get(b).op('i32.add').set(row)
  for (const [v, sum] of sums.entries()) c.get(sum).get(row).mem('v128.load', 16 * v).op('f32x4.add').set(sum)
}
