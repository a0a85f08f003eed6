import type { DotRoutine } from '@spikeward/core/backend'
import type { Build } from '../plan/build.js'
import type { Phase, Pointer, StepPhases } from '../plan/phase.js'
import { scratchPointer, threadPointer } from '../plan/pointers.js'
import { locals, type Code, type FunctionRef, type Local } from '../wasm/code.js'
import { advance, pushAt, repeat } from '../wasm/loops.js'
import { packPhases } from './pack.js'
import { blockColumns, defineAddRows, defineCollect, listBytes, shuffleOf } from './spikeRows.js'
import { fitsAtOnce, panelBytes, ROWS, tilingOf, type Tiling } from './tile.js'
import { defineGroup, type Operands } from './tiledPhases.js'
import { eachUnit } from './units.js'

/** The largest size in bytes of the lists of a block of rows, which are read once for every block of columns. */
const LIST_BYTES = 16384
/** The largest size in bytes of the lists of a whole tile, which several products read. */
const SHARED_LIST_BYTES = 48 << 10
/** Share of ones above which dense tiles are faster (bench/products.mjs). */
const DENSE = 0.75
const MIN_PARALLEL_WORK = 400_000

/** The lists of a matrix of spikes that several products of a tile read: the first makes them. */
export interface SharedLists {
  /** The memory in which an earlier product has them; null for the first. */
  readonly found: () => Pointer | null
  readonly keep: (lists: Pointer) => void
}

/** With fewer rows in a product, copying B does not pay off. */
const MIN_ROWS = 32

/**
 * True if the event-driven product applies: spikes of f32 whose rows are contiguous along k. A tile of a group may have
 * few rows, since B is copied once for all tiles.
 */
export const isSpikes = (build: Build, r: DotRoutine): boolean =>
  r.binary &&
  r.dtype === 'f32' &&
  r.a.k === 1 &&
  r.m >= ROWS &&
  r.n >= 8 &&
  r.k >= 4 &&
  (build.ahead !== null || (r.b.batch === 0 ? r.batch : 1) * r.m >= MIN_ROWS)

/**
 * The product with a matrix of spikes, event-driven: a row of C is the sum of those rows of B at which the row of A has
 * a 1.
 *
 * The positions of the ones are collected once for each row, without a branch: four elements give a 4-bit mask, which
 * selects a shuffle that moves the positions of its ones to the front. Then, for each block of columns, rows of B are
 * added to sums in registers. B is copied to blocks of columns first: a block stays in the first-level cache, while
 * rows of the whole width, a power of two apart, do not. Sums run in ascending k, so the result equals the dense
 * product to the bit.
 *
 * A block of rows with a share of ones above `DENSE` is multiplied densely, in tiles. The choice depends only on the
 * data, and both paths give the same values.
 */
export function spikePhases(
  build: Build,
  r: DotRoutine,
  [a, b, c]: Operands,
  shared: SharedLists | null = null,
): StepPhases {
  const ahead = build.ahead ?? build
  const fair = build.threads === 1 ? Infinity : Math.floor(r.m / (16 * ROWS))
  const all = ROWS * Math.ceil(r.m / ROWS)
  const sharing = listsBytes(r.k, all) <= SHARED_LIST_BYTES ? shared : null
  const rows = sharing === null ? ROWS * Math.max(1, Math.min(4, Math.floor(LIST_BYTES / (4 * ROWS * r.k)), fair)) : all
  const columns = blockColumns(r.n)
  const blockBytes = (r.b.batch === 0 ? 1 : r.batch) * batchBytes(r)
  const blocks = scratchPointer(build.plan, build.scratch(blockBytes), blockBytes)
  const pack = (width: number, to: Pointer): Phase[] =>
    packPhases(ahead, 'B', [r.batch, r.b.batch], [r.n, r.b.n], [r.k, r.b.k], width, r.dtype, b, to)
  const setup = pack(columns, blocks)
  const tiling = tilingOf(r)
  const dense = fitsAtOnce(r) && r.a.m >= 0
  const panels = scratchPointer(build.plan, build.scratch(dense ? panelBytes(r) : 0), panelBytes(r))
  if (dense) setup.push(...pack(tiling.columns, panels))
  const lists = sharing?.found() ?? null
  const scratch = lists ?? threadPointer(build, listsBytes(r.k, rows))
  if (sharing !== null) sharing.keep(scratch)
  build.note(
    `dot ${r.batch}×${r.m}×${r.n}×${r.k} f32: event-driven, ${rows} rows at a time${lists === null ? '' : ', with the lists of an earlier product'}`,
  )
  const product: Phase = {
    kind: 'call',
    name: 'spikes',
    call: build.once(`spikes ${JSON.stringify([r, rows, lists === null])}`, () =>
      defineSpikes(build, r, rows, dense, lists === null),
    ),
    pointers: [a, blocks, panels, c, scratch],
    integers: [],
    parallel: isWorthThreads(r),
    reads: [a.span, blocks.span, panels.span],
    writes: [c.span, scratch.span],
  }
  return { setup, body: [product] }
}

/** True if threads share the product. */
export const isWorthThreads = (r: DotRoutine): boolean => r.batch * r.m * r.n * r.k >= MIN_PARALLEL_WORK

/**
 * Scratch memory of one thread: the shuffles, a list for each row (with room for the last vector), the end of each
 * list, and the bytes of the lists in use.
 */
const listsBytes = (k: number, rows: number): number => 256 + rows * (listBytes(k) + 4) + 4

/** Bytes of one B in blocks of columns. */
const batchBytes = (r: DotRoutine): number => 4 * Math.ceil(r.n / blockColumns(r.n)) * blockColumns(r.n) * r.k

/** Bytes of one B in the panels of the dense tiles. */
const panelSize = ({ r, columns, size }: Tiling): number => Math.ceil(r.n / columns) * columns * r.k * size

/** `(thread, A, B in blocks of columns, B in panels, C, scratch)`; `finds`: whether this product makes the lists. */
function defineSpikes(build: Build, r: DotRoutine, rows: number, dense: boolean, finds: boolean): FunctionRef {
  const columns = blockColumns(r.n)
  const collect = build.once(`collect ${r.k} ${columns}`, () => defineCollect(build, r.k, 4 * columns))
  const blocks = Math.floor(r.n / columns)
  const rest = r.n % columns
  const widths = [blocks > 0 ? columns : 0, rest].filter((w) => w > 0)
  const adders = new Map(
    widths.map((w) => [w, build.once(`add rows ${w} ${r.n} ${r.k}`, () => defineAddRows(build, w, r.n, r.k))]),
  )
  // A matrix of spikes that the whole batch shares is read once.
  const shared = r.a.batch === 0 ? r.batch : 1
  const groups = Math.ceil(r.m / rows)
  const tiling = tilingOf(r)
  const denseGroup = dense ? defineGroup(build, tiling, rows) : null
  return build.module.define(['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], (c, params) => {
    const [thread, a, b, panels, out, scratch] = params as [Local, Local, Local, Local, Local, Local]
    const [table, lists, ends, count, row, from, ones, list] = locals(c, 'i32', 8)
    c.get(scratch).tee(table).i32(256).op('i32.add').tee(lists)
    c.i32(rows * listBytes(r.k))
      .op('i32.add')
      .set(ends)
    for (let mask = 0; finds && mask < 16; mask++)
      c.get(table)
        .v128(shuffleOf(mask))
        .mem('v128.store', 16 * mask)

    eachUnit(c, thread, (r.batch / shared) * groups, isWorthThreads(r) ? build.threads : 1, (unit) => {
      const [batch, group, aAt, cAt, bAt] = locals(c, 'i32', 5)
      c.get(unit).i32(groups).op('i32.div_u').set(batch)
      c.get(unit).i32(groups).op('i32.rem_u').set(group)
      c.i32(rows)
        .i32(r.m - (groups - 1) * rows)
        .get(group)
        .i32(groups - 1)
        .op('i32.ne')
        .op('select')
        .set(count)
      pushAt(c, a, batch, 4 * r.a.batch)
        .get(group)
        .i32(4 * rows * r.a.m)
        .op('i32.mul')
        .op('i32.add')
        .tee(aAt)
        .set(from)
      const total = (): Code =>
        c
          .get(ends)
          .i32(4 * rows)
          .op('i32.add')
      if (finds) {
        c.i32(0).tee(ones).set(row)
        c.get(lists).set(list)
        c.loop((next) => {
          pushAt(c, ends, row, 4)
          c.get(from).get(list).get(table).call(collect).mem('i32.store')
          pushAt(c, ends, row, 4).mem('i32.load').get(list).op('i32.sub').get(ones).op('i32.add').set(ones)
          advance(c, list, listBytes(r.k))
          advance(c, from, 4 * r.a.m)
          c.get(row).i32(1).op('i32.add').tee(row).get(count).op('i32.lt_u').branchIf(next)
        })
        total().get(ones).mem('i32.store')
      } else total().mem('i32.load').set(ones)
      pushAt(c, out, batch, 4 * r.m * r.n)
        .get(group)
        .i32(4 * rows * r.n)
        .op('i32.mul')
        .op('i32.add')
        .set(cAt)
      const allColumns = (bRow: Local, cRow: Local): void => {
        const [bColumn, cColumn] = locals(c, 'i32', 2)
        c.get(bRow).set(bColumn)
        c.get(cRow).set(cColumn)
        const call = (width: number): void => {
          c.get(lists).get(ends).get(count).get(bColumn).get(cColumn).i32(0).call(adders.get(width)!)
        }
        repeat(c, blocks, () => {
          call(columns)
          advance(c, bColumn, 4 * columns * r.k)
          advance(c, cColumn, 4 * columns)
        })
        if (rest > 0) call(rest)
      }
      /** Runs `body` for every matrix that shares the spikes of this block; B's address advances by `step` elements. */
      const eachShared = (step: number, body: () => void): void =>
        repeat(c, shared, () => {
          body()
          if (shared === 1) return
          advance(c, bAt, 4 * step)
          advance(c, cAt, 4 * r.m * r.n)
        })
      const start = (base: Local, step: number): void => {
        if (shared === 1) pushAt(c, base, batch, 4 * step)
        else c.get(base)
        c.set(bAt)
      }
      const eventDriven = (): void => {
        const step = r.b.batch === 0 ? 0 : batchBytes(r) / 4
        start(b, step)
        eachShared(step, () => allColumns(bAt, cAt))
      }
      if (denseGroup === null) return eventDriven()
      const step = r.b.batch === 0 ? 0 : panelSize(tiling) / 4
      // Bytes of the lists: 4 for each 1.
      c.get(ones)
        .get(count)
        .i32(Math.floor(4 * DENSE * r.k))
        .op('i32.mul')
        .op('i32.gt_u')
        .when(() => {
          start(panels, step)
          eachShared(step, () => {
            c.get(aAt)
              .get(bAt)
              .get(cAt)
              .get(group)
              .i32(groups - 1)
              .op('i32.eq')
              .i32(0)
              .call(denseGroup)
          })
        }, eventDriven)
    })
  })
}
