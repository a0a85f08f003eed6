import type { DotRoutine } from '@spikeward/core/backend'
import type { Build } from '../plan/build.js'
import { scratchPointer, type Phase } from '../plan/phase.js'
import type { FunctionRef, Local } from '../wasm/code.js'
import { packPhases } from './pack.js'
import { COLUMNS, defineAddRows, defineCollect, listBytes, shuffleOf } from './spikeRows.js'
import { ROWS, tilingOf, type Tiling } from './tile.js'
import { defineGroup, PACK_BYTES, type Operands } from './tiled.js'
import { eachUnit } from './units.js'

/** Bytes that the lists of a group of rows may take: they are read once for every block of columns. */
const LIST_BYTES = 16384
/** Share of ones from which the dense tiles are faster (bench/products.mjs). */
const DENSE = 0.7
const WORTH_DEALING = 400_000

/** True where the event-driven product is possible: spikes of f32 whose rows run along k. */
export const isSpikes = (r: DotRoutine): boolean =>
  r.binary && r.dtype === 'f32' && r.a.k === 1 && r.m >= 32 && r.n >= 8 && r.k >= 4

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
  if (dense)
    phases.push(
      ...packPhases(build, 'B', [r.batch, r.b.batch], [r.n, r.b.n], [r.k, r.b.k], tiling.columns, r.dtype, b, panels),
    )
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
  const adders = new Map(
    widths.map((w) => [w, build.once(`add rows ${w} ${r.n} ${r.k}`, () => defineAddRows(build, w, r.n, r.k))]),
  )
  // A matrix of spikes shared by the whole batch is read once for all of it.
  const shared = r.a.batch === 0 ? r.batch : 1
  const groups = Math.ceil(r.m / rows)
  const tiling = tilingOf(r)
  const denseGroup = dense ? defineGroup(build, tiling, rows) : null
  return build.module.define(['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], (c, params) => {
    const [thread, a, b, panels, out, scratch] = params as [Local, Local, Local, Local, Local, Local]
    const local = (): Local => c.local('i32')
    const [table, lists, ends, count, row, from, ones, list] = [
      local(),
      local(),
      local(),
      local(),
      local(),
      local(),
      local(),
      local(),
    ]
    c.get(scratch)
      .get(thread)
      .i32(threadBytes(r.k, rows))
      .op('i32.mul')
      .op('i32.add')
      .tee(table)
      .i32(256)
      .op('i32.add')
      .tee(lists)
    c.i32(rows * listBytes(r.k))
      .op('i32.add')
      .set(ends)
    for (let mask = 0; mask < 16; mask++)
      c.get(table)
        .v128(shuffleOf(mask))
        .mem('v128.store', 16 * mask)

    eachUnit(c, thread, (r.batch / shared) * groups, worthDealing(r) ? build.threads : 1, (unit) => {
      const [batch, group, aAt, cAt, bAt, again, column] = [
        local(),
        local(),
        local(),
        local(),
        local(),
        local(),
        local(),
      ]
      c.get(unit).i32(groups).op('i32.div_u').set(batch)
      c.get(unit).i32(groups).op('i32.rem_u').set(group)
      c.i32(rows)
        .i32(r.m - (groups - 1) * rows)
        .get(group)
        .i32(groups - 1)
        .op('i32.ne')
        .op('select')
        .set(count)
      c.get(a)
        .get(batch)
        .i32(4 * r.a.batch)
        .op('i32.mul')
        .op('i32.add')
        .get(group)
        .i32(4 * rows * r.a.m)
        .op('i32.mul')
        .op('i32.add')
        .tee(aAt)
        .set(from)
      c.i32(0).tee(ones).set(row)
      c.get(lists).set(list)
      c.loop((next) => {
        c.get(ends).get(row).i32(4).op('i32.mul').op('i32.add')
        c.get(from).get(list).get(table).call(collect).mem('i32.store')
        c.get(ends)
          .get(row)
          .i32(4)
          .op('i32.mul')
          .op('i32.add')
          .mem('i32.load')
          .get(list)
          .op('i32.sub')
          .get(ones)
          .op('i32.add')
          .set(ones)
        c.get(list).i32(listBytes(r.k)).op('i32.add').set(list)
        c.get(from)
          .i32(4 * r.a.m)
          .op('i32.add')
          .set(from)
        c.get(row).i32(1).op('i32.add').tee(row).get(count).op('i32.lt_u').branchIf(next)
      })
      c.get(out)
        .get(batch)
        .i32(4 * r.m * r.n)
        .op('i32.mul')
        .op('i32.add')
        .get(group)
        .i32(4 * rows * r.n)
        .op('i32.mul')
        .op('i32.add')
        .set(cAt)
      const columns = (bRow: Local, cRow: Local): void => {
        const [bColumn, cColumn] = [local(), local()]
        c.get(bRow).set(bColumn)
        c.get(cRow).set(cColumn)
        const call = (width: number): void => {
          c.get(lists).get(ends).get(count).get(bColumn).get(cColumn).call(adders.get(width)!)
        }
        if (blocks > 0) {
          c.i32(blocks).set(column)
          c.loop((next) => {
            call(COLUMNS)
            c.get(bColumn)
              .i32(4 * COLUMNS * r.k)
              .op('i32.add')
              .set(bColumn)
            c.get(cColumn)
              .i32(4 * COLUMNS)
              .op('i32.add')
              .set(cColumn)
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
          c.get(bAt)
            .i32(4 * step)
            .op('i32.add')
            .set(bAt)
          c.get(cAt)
            .i32(4 * r.m * r.n)
            .op('i32.add')
            .set(cAt)
          c.get(again).i32(1).op('i32.sub').tee(again).branchIf(next)
        })
      }
      const start = (base: Local, step: number): void => {
        c.get(base)
        if (shared === 1)
          c.get(batch)
            .i32(4 * step)
            .op('i32.mul')
            .op('i32.add')
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
