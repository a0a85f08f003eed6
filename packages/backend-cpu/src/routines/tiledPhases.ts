import type { DotRoutine } from '@spikeward/core/backend'
import type { Build } from '../plan/build.js'
import type { Phase, Pointer, StepPhases } from '../plan/phase.js'
import { scratchPointer } from '../plan/pointers.js'
import { locals, type Code, type FunctionRef, type Local } from '../wasm/code.js'
import { advance, countDown, pushAt, repeat } from '../wasm/loops.js'
import { packPhases } from './pack.js'
import { defineTile, fitsAtOnce, ROWS, tilingOf, type Tiling } from './tile.js'
import { eachUnit } from './units.js'

/** The largest size in bytes of A in a block of rows. */
const GROUP_BYTES = 16384
/** Threads share a product of at least this number of multiply-adds. */
const MIN_PARALLEL_WORK = 200_000

/** Address parameters: A, B, C. */
export type Operands = readonly [Pointer, Pointer, Pointer]

/** The phases of a dense product in tiles. */
export function tiledPhases(build: Build, r: DotRoutine, [a, b, c]: Operands): StepPhases {
  const t = tilingOf(r)
  const { size, columns } = t
  const panelBatch = (t.panels + (t.narrow > 0 ? 1 : 0)) * t.depth * columns
  const bBatches = r.b.batch === 0 ? 1 : r.batch
  const aBatches = r.a.batch === 0 ? 1 : r.batch
  const atOnce = fitsAtOnce(r)

  // One batch at a time if the panels of all batches would be too large.
  const separateBatches = bBatches > 1 && !atOnce
  const packedB = build.scratch((separateBatches ? 1 : bBatches) * panelBatch * size)
  const rowBlocks = Math.ceil(r.m / ROWS)
  const packedABatch = rowBlocks * t.depth * ROWS
  const packedA = t.packA ? build.scratch((separateBatches ? 1 : aBatches) * packedABatch * size) : 0
  const outer = build.depth()

  /** Phases for `depth` values of k from `from` on; the advances are those of the loops that this routine adds. */
  const stretch = (
    from: number,
    depth: number,
    accumulate: boolean,
    batches: number,
    byBatch: boolean,
    byDepth: boolean,
  ): StepPhases => {
    const advanced = (p: Pointer, element: number, batch: number, along: number): Pointer => ({
      ...p,
      offset: p.offset + element * size,
      advance: [
        ...pad(p.advance, outer),
        ...(byBatch ? [batch * size] : []),
        ...(byDepth ? [along * t.depth * size] : []),
      ],
    })
    const one = { ...t, depth, r: { ...r, batch: batches } }
    const panels = scratchPointer(
      build.plan,
      packedB,
      (batches === 1 || r.b.batch === 0 ? 1 : batches) * panelBatch * size,
    )
    const source = advanced(b, from * r.b.k, r.b.batch, r.b.k)
    const setup = packPhases(
      build.ahead ?? build,
      'B',
      [batches, r.b.batch],
      [r.n, r.b.n],
      [depth, r.b.k],
      columns,
      r.dtype,
      source,
      panels,
    )
    const body: Phase[] = []
    let left = advanced(a, from * r.a.k, r.a.batch, r.a.k)
    if (t.packA) {
      const blocks = scratchPointer(
        build.plan,
        packedA,
        (batches === 1 || r.a.batch === 0 ? 1 : batches) * packedABatch * size,
      )
      body.push(
        ...packPhases(build, 'A', [batches, r.a.batch], [r.m, r.a.m], [depth, r.a.k], ROWS, r.dtype, left, blocks),
      )
      left = blocks
    }
    const result = advanced(c, 0, r.m * r.n, 0)
    body.push({
      kind: 'call',
      name: `dot ${batches}×${r.m}×${r.n}×${depth}`,
      call: build.once(`tiles ${JSON.stringify(one)}`, () => defineTiles(build, one)),
      pointers: [left, panels, result],
      integers: [accumulate ? 1 : 0],
      parallel: batches * r.m * r.n * depth >= MIN_PARALLEL_WORK,
      reads: [left.span, panels.span, ...(accumulate ? [result.span] : [])],
      writes: [result.span],
    })
    return { setup, body }
  }
  const inOrder = ({ setup, body }: StepPhases): Phase[] => [...setup, ...body]
  const allDepths = (batches: number, byBatch: boolean): Phase[] => {
    const whole = Math.floor(r.k / t.depth)
    const rest = r.k % t.depth
    const phases = inOrder(stretch(0, t.depth, false, batches, byBatch, false))
    if (whole > 1)
      phases.push({
        kind: 'loop',
        length: whole - 1,
        phases: inOrder(stretch(t.depth, t.depth, true, batches, byBatch, true)),
      })
    if (rest > 0) phases.push(...inOrder(stretch(whole * t.depth, rest, true, batches, byBatch, false)))
    return phases
  }
  build.note(
    `dot ${r.batch}×${r.m}×${r.n}×${r.k} ${r.dtype}: tiles of ${ROWS}×${columns}, k by ${t.depth}${t.packA ? ', A packed' : ''}`,
  )
  if (atOnce) return stretch(0, r.k, false, r.batch, false, false)
  const body: Phase[] = separateBatches
    ? [{ kind: 'loop', length: r.batch, phases: allDepths(1, true) }]
    : allDepths(r.batch, false)
  return { setup: [], body }
}

const pad = (advance: readonly number[], depth: number): number[] =>
  Array.from({ length: depth }, (_, d) => advance[d] ?? 0)

/** Rows in a block: its part of A fits the cache, and there are enough blocks for all threads. */
function groupRows({ r, depth, size }: Tiling): number {
  const fit = Math.max(1, Math.min(16, Math.floor(GROUP_BYTES / (depth * size * ROWS))))
  const fair = Math.max(1, Math.floor((r.batch * r.m) / (16 * ROWS)))
  return ROWS * Math.min(fit, fair)
}

/** `(thread, A, B panels, C, accumulate)`: the thread's blocks of rows. */
function defineTiles(build: Build, t: Tiling): FunctionRef {
  const { r, size, columns, depth, packA } = t
  const rows = groupRows(t)
  const groups = Math.ceil(r.m / rows)
  const aRow = packA ? depth : r.a.m
  const aBatch = r.a.batch === 0 ? 0 : packA ? Math.ceil(r.m / ROWS) * ROWS * depth : r.a.batch
  const bBatch = r.b.batch === 0 ? 0 : Math.ceil(r.n / columns) * columns * depth
  const group = defineGroup(build, t, rows)
  return build.module.define(['i32', 'i32', 'i32', 'i32', 'i32'], (c, params) => {
    const [thread, a, b, out, accumulate] = params as [Local, Local, Local, Local, Local]
    const parallel = r.batch * r.m * r.n * depth >= MIN_PARALLEL_WORK && build.threads > 1
    eachUnit(c, thread, r.batch * groups, parallel ? build.threads : 1, (unit) => {
      const [batch, index] = locals(c, 'i32', 2)
      c.get(unit).i32(groups).op('i32.div_u').set(batch)
      c.get(unit).i32(groups).op('i32.rem_u').set(index)
      const at = (base: Local, batchStep: number, groupStep: number): Code =>
        pushAt(c, base, batch, batchStep * size)
          .get(index)
          .i32(groupStep * size)
          .op('i32.mul')
          .op('i32.add')
      at(a, aBatch, rows * aRow)
      at(b, bBatch, 0)
      at(out, r.m * r.n, rows * r.n)
      c.get(index)
        .i32(groups - 1)
        .op('i32.eq')
        .get(accumulate)
        .call(group)
    })
  })
}

/**
 * `(A, B panels, C, last, accumulate)`: all tiles of a block of `rows` rows, panel by panel. The last block of a matrix
 * has the remaining rows, of which the last few may make a lower tile.
 */
export function defineGroup(build: Build, t: Tiling, rows: number): FunctionRef {
  const { r, size, columns, panels, narrow, depth, packA } = t
  const aRow = packA ? depth : r.a.m
  const lastBlocks = Math.floor((r.m - (Math.ceil(r.m / rows) - 1) * rows) / ROWS)
  const low = r.m % ROWS
  const widths = [panels > 0 ? columns : 0, narrow].filter((w) => w > 0)
  const tiles = new Map(
    [ROWS, low]
      .filter((h) => h > 0)
      .flatMap((h) =>
        widths.map((w): [string, FunctionRef] => [
          `${h} ${w}`,
          build.once(`tile ${h} ${w} ${JSON.stringify(t)}`, () => defineTile(build, t, h, w)),
        ]),
      ),
  )
  return build.once(`group ${rows} ${JSON.stringify(t)}`, () =>
    build.module.define(['i32', 'i32', 'i32', 'i32', 'i32'], (c, params) => {
      const [a, panel, out, last, accumulate] = params as [Local, Local, Local, Local, Local]
      const [aAt, cAt, blocks, left] = locals(c, 'i32', 4)
      c.i32(lastBlocks)
        .i32(rows / ROWS)
        .get(last)
        .op('select')
        .set(blocks)
      const column = (width: number): void => {
        const call = (height: number): void => {
          c.get(aAt)
            .get(panel)
            .get(cAt)
            .get(accumulate)
            .call(tiles.get(`${height} ${width}`)!)
        }
        c.get(a).set(aAt)
        c.get(out).set(cAt)
        c.get(blocks).set(left)
        c.get(left).when(() =>
          countDown(c, left, () => {
            call(ROWS)
            advance(c, aAt, ROWS * aRow * size)
            advance(c, cAt, ROWS * r.n * size)
          }),
        )
        if (low > 0) c.get(last).when(() => call(low))
        advance(c, panel, depth * columns * size)
        advance(c, out, width * size)
      }
      repeat(c, panels, () => column(columns))
      if (narrow > 0) column(narrow)
    }),
  )
}
