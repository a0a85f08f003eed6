import { bytesOf } from '@spikeward/core/backend'
import type { RoutineOfKind } from '@spikeward/core/backend'
import type { RoutineCode, RoutineCodes } from '../plan/build.js'
import { locals, type Code, type Local } from '../wasm/code.js'
import { advance, pushAt, repeat } from '../wasm/loops.js'
import { eachUnit } from './units.js'

/** From this number of elements on, threads share the work. */
const MIN_PARALLEL_WORK = 65536

type GatherRoutine = RoutineOfKind<'gather'>

/** Both scatters; they differ in how an update joins a row, and in the rows' first values. */
type ScatterRoutine = RoutineOfKind<'scatterAdd' | 'scatterMax'>

const parallel = (r: GatherRoutine | ScatterRoutine): boolean => r.count * r.width >= MIN_PARALLEL_WORK

/** out[i, :] = x[clamp(index[i]), :], row by row. */
const gather: RoutineCode<GatherRoutine> = {
  parallel,
  emit(c, r, [x, index, out], thread, threads) {
    if (r.rows === 0) return
    const size = bytesOf(r.dtype)
    const [from, to] = locals(c, 'i32', 2)
    eachUnit(c, thread, r.count, threads, (i) => {
      c.get(x)
      pushRow(c, r, index, i)
      c.i32(r.width * size)
        .op('i32.mul')
        .op('i32.add')
        .set(from)
      pushAt(c, out, i, r.width * size).set(to)
      eachVector(c, r.width * size, [from, to], (lanes, offset) => {
        if (lanes === 4) c.get(to).get(from).mem('v128.load', offset).mem('v128.store', offset)
        else c.get(to).get(from).mem('i32.load', offset).mem('i32.store', offset)
      })
    })
  },
}

/**
 * out = 0; out[clamp(index[i]), :] += update[i, :] in order of i, or the largest update, from −∞, which then becomes 0. Every
 * thread owns some rows of `out` and applies the updates to them.
 */
const scatter: RoutineCode<ScatterRoutine> = {
  parallel,
  emit(c, r, [update, index, out], thread, threads) {
    const size = bytesOf(r.dtype)
    const [first, last, row, from, to] = locals(c, 'i32', 5)
    c.get(thread).i32(r.rows).op('i32.mul').i32(threads).op('i32.div_u').set(first)
    c.get(thread).i32(1).op('i32.add').i32(r.rows).op('i32.mul').i32(threads).op('i32.div_u').set(last)
    const bytes = (rows: () => void): void => {
      rows()
      c.i32(r.width * size).op('i32.mul')
    }
    // Each element of this thread's rows, with its address in `to`.
    const eachElement = (body: () => void): void => {
      c.get(out)
      bytes(() => {
        c.get(first)
      })
      c.op('i32.add').set(to).get(out)
      bytes(() => {
        c.get(last)
      })
      c.op('i32.add').set(from)
      c.block((done) => {
        c.loop((again) => {
          c.get(to).get(from).op('i32.ge_u').branchIf(done)
          body()
          advance(c, to, size)
          c.branch(again)
        })
      })
    }
    const value = (x: number): Code => (r.dtype === 'f32' ? c.f32(x) : c.f64(x))
    const [load, store, same] =
      r.dtype === 'f32'
        ? (['f32.load', 'f32.store', 'f32.eq'] as const)
        : (['f64.load', 'f64.store', 'f64.eq'] as const)
    eachElement(() => {
      c.get(to)
      value(r.kind === 'scatterMax' ? -Infinity : 0).mem(store)
    })
    eachUnit(c, thread, r.count, 1, (i) => {
      pushRow(c, r, index, i)
      c.tee(row)
        .get(first)
        .op('i32.ge_u')
        .get(row)
        .get(last)
        .op('i32.lt_u')
        .op('i32.and')
        .when(() => {
          c.get(update)
          bytes(() => {
            c.get(i)
          })
          c.op('i32.add').set(from).get(out)
          bytes(() => {
            c.get(row)
          })
          c.op('i32.add').set(to)
          const join = r.kind === 'scatterMax' ? 'max' : 'add'
          const wide = r.dtype === 'f32' ? (`f32x4.${join}` as const) : (`f64x2.${join}` as const)
          eachVector(
            c,
            r.width * size,
            [from, to],
            (lanes, offset) => {
              c.get(to)
              if (lanes === 4)
                c.get(to).mem('v128.load', offset).get(from).mem('v128.load', offset).op(wide).mem('v128.store', offset)
              else if (r.dtype === 'f32')
                c.get(to)
                  .mem('f32.load', offset)
                  .get(from)
                  .mem('f32.load', offset)
                  .op(`f32.${join}`)
                  .mem('f32.store', offset)
              else
                c.get(to)
                  .mem('f64.load', offset)
                  .get(from)
                  .mem('f64.load', offset)
                  .op(`f64.${join}`)
                  .mem('f64.store', offset)
            },
            size,
          )
        })
    })
    if (r.kind === 'scatterMax')
      eachElement(() => {
        c.get(to).mem(load)
        value(-Infinity)
          .op(same)
          .when(() => {
            c.get(to)
            value(0).mem(store)
          })
      })
  },
}

/** Pushes index[i], clamped into range. */
function pushRow(c: Code, r: GatherRoutine | ScatterRoutine, index: Local, i: Local): void {
  const row = c.local('i32')
  c.get(index).get(i).i32(4).op('i32.mul').op('i32.add').mem('i32.load').set(row)
  if (r.index === 'i32') c.i32(0).get(row).get(row).i32(0).op('i32.lt_s').op('select').set(row)
  c.i32(r.rows - 1)
    .get(row)
    .get(row)
    .i32(r.rows - 1)
    .op('i32.ge_u')
    .op('select')
}

/**
 * Iterates over `bytes` bytes from `pointers` on, 16 at a time and then `least` at a time, and advances the pointers.
 * `body(4, offset)` processes 16 bytes, `body(1, offset)` the smaller piece.
 */
function eachVector(
  c: Code,
  bytes: number,
  pointers: readonly Local[],
  body: (lanes: 1 | 4, offset: number) => void,
  least = 4,
): void {
  const whole = Math.floor(bytes / 16)
  repeat(c, whole, () => {
    body(4, 0)
    for (const p of pointers) advance(c, p, 16)
  })
  for (let offset = 0; offset < bytes % 16; offset += least) body(1, offset)
}

/** The code of routines with indices. */
export const indexedCode = { gather, scatterAdd: scatter, scatterMax: scatter } satisfies Partial<RoutineCodes>
