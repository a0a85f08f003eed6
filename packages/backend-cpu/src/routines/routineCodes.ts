import { type DType, type RoutineOfKind, bytesOf } from '@spikeward/core/backend'
import { emitLoad, emitStore } from '../kernel/access.js'
import { emitOperation, type Target, type Value } from '../kernel/ops.js'
import type { RoutineCode, RoutineCodes } from '../plan/build.js'
import { locals, type Code, type Local } from '../wasm/code.js'
import { advance, eachVector, pushAt } from '../wasm/loops.js'
import { loadDouble, storeDouble, subtractProduct } from './doublePrecision.js'
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
      pushRow(c.get(x), r, index, i)
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
 * out = 0; out[clamp(index[i]), :] += update[i, :] in order of i, or the largest update, from −∞, which then becomes 0.
 * Every thread owns some rows of `out` and applies the updates to them.
 */
const scatter: RoutineCode<ScatterRoutine> = {
  parallel,
  emit(c, r, [update, index, out], thread, threads) {
    const size = bytesOf(r.dtype)
    const [first, last, row, from, to] = locals(c, 'i32', 5)
    c.get(thread).i32(r.rows).op('i32.mul').i32(threads).op('i32.div_u').set(first)
    c.get(thread).i32(1).op('i32.add').i32(r.rows).op('i32.mul').i32(threads).op('i32.div_u').set(last)
    const rowAt = (base: Local, row: Local): Code => pushAt(c, base, row, r.width * size)
    // Each element of this thread's rows, with its address in `to`.
    const eachElement = (body: () => void): void => {
      rowAt(out, first).set(to)
      rowAt(out, last).set(from)
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
          rowAt(update, i).set(from)
          rowAt(out, row).set(to)
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

/** L[i,j] = (A[i,j] − Σ_{l<j} L[i,l] L[j,l]) / L[j,j], row by row; a pivot that is not positive gives NaN. */
const cholesky: RoutineCode<RoutineOfKind<'cholesky'>> = {
  parallel: ({ batch, n }) => batch > 1 && batch * n ** 3 > 200_000,
  emit(c, r, [a, l], thread, threads) {
    const { n } = r
    const size = bytesOf(r.dtype)
    const [aAt, start, rowI, rowJ, i, j, x, y, left] = locals(c, 'i32', 9)
    const rest = c.local('f64')
    eachUnit(c, thread, r.batch, threads, (batch) => {
      const at = (base: Local): Code => pushAt(c, base, batch, n * n * size)
      at(a).set(aAt)
      at(l).tee(start).set(rowI)
      c.i32(0).set(i)
      c.loop((nextRow) => {
        c.get(start).set(rowJ)
        c.i32(0).set(j)
        c.loop((nextColumn) => {
          pushAt(c, aAt, j, size)
          loadDouble(c, r.dtype).set(rest)
          c.get(rowI).set(x)
          c.get(rowJ).set(y)
          c.get(j).set(left)
          subtractProduct(c, r.dtype, rest, x, y, left)
          const entry = (): Code => pushAt(c, rowI, j, size)
          c.get(i)
            .get(j)
            .op('i32.eq')
            .when(
              () => {
                entry().get(rest).op('f64.sqrt').f64(NaN).get(rest).f64(0).op('f64.gt').op('select')
                storeDouble(c, r.dtype)
              },
              () => {
                pushAt(entry().get(rest), rowJ, j, size)
                loadDouble(c, r.dtype).op('f64.div')
                storeDouble(c, r.dtype)
              },
            )
          advance(c, rowJ, n * size)
          c.get(j).i32(1).op('i32.add').tee(j).get(i).op('i32.le_u').branchIf(nextColumn)
        })
        pushAt(c, rowI, j, size).i32(0).i32(n).get(j).op('i32.sub').i32(size).op('i32.mul').memoryFill()
        advance(c, aAt, n * size)
        advance(c, rowI, n * size)
        c.get(i).i32(1).op('i32.add').tee(i).i32(n).op('i32.lt_u').branchIf(nextRow)
      })
    })
  },
}

/** X[i,:] = (B[i,:] − Σ_k L[i,k] X[k,:]) / L[i,i] over the rows already solved, four columns at a time. */
const triangularSolve: RoutineCode<RoutineOfKind<'triangularSolve'>> = {
  parallel: ({ batch, n, m }) => batch * Math.ceil(m / 4) > 1 && batch * n * n * m > 200_000,
  emit(c, r, [l, b, x], thread, threads, target) {
    const blocks = Math.ceil(r.m / 4)
    const size = bytesOf(r.dtype)
    const [block, lAt, bAt, xAt] = locals(c, 'i32', 4)
    eachUnit(c, thread, r.batch * blocks, threads, (unit) => {
      const batch = c.local('i32')
      c.get(unit).i32(blocks).op('i32.div_u').set(batch)
      c.get(unit).i32(blocks).op('i32.rem_u').set(block)
      pushAt(c, l, batch, r.n * r.n * size).set(lAt)
      for (const [base, to] of [
        [b, bAt],
        [x, xAt],
      ] as const) {
        pushAt(c, base, batch, r.n * r.m * size)
          .get(block)
          .i32(4 * size)
          .op('i32.mul')
          .op('i32.add')
          .set(to)
      }
      const whole = Math.floor(r.m / 4)
      const solve = (lanes: number): void => solveColumns(c, target, r, lanes, lAt, bAt, xAt)
      if (r.m % 4 === 0) solve(4)
      else if (whole === 0) solve(r.m)
      else
        c.get(block)
          .i32(whole)
          .op('i32.lt_u')
          .when(
            () => solve(4),
            () => solve(r.m % 4),
          )
    })
  },
}

/** Solves one block of columns; `l` points at its matrix, `b` and `x` at its first column. */
function solveColumns(
  c: Code,
  target: Target,
  r: RoutineOfKind<'triangularSolve'>,
  lanes: number,
  l: Local,
  b: Local,
  x: Local,
): void {
  const { n, m, dtype, transposed } = r
  const size = bytesOf(dtype)
  const [row, left, lRow, lAt, bAt, xTo, xAt] = locals(c, 'i32', 7)
  const pair = (): Value => locals(c, 'v128', 2)
  const [rest, product, solved, weight] = [pair(), pair(), pair(), pair()]
  const raw = [c.local('v128')]
  const arithmetic = (op: 'sub' | 'mul' | 'div', p: Value, q: Value, to: Value): void =>
    emitOperation(
      c,
      target,
      { node: { op, dtype: 'f64', args: [0, 0] }, from: 'f64', args: [p, q], constants: [undefined, undefined] },
      to,
    )
  const cast = (from: DType, to: DType, p: Value, q: Value): void =>
    emitOperation(c, target, { node: { op: 'cast', dtype: to, args: [0] }, from, args: [p], constants: [undefined] }, q)
  const load = (pointer: Local, stride: number, to: Value): void => {
    const at = { pointer, offset: 0, stride, lanes }
    if (dtype === 'f64') return emitLoad(c, 'f64', at, to)
    emitLoad(c, 'f32', at, raw)
    cast('f32', 'f64', raw, to)
  }
  // With Lᵀ, rows are solved from the last up: all increments change sign, and L is read along its columns.
  const from = transposed ? n - 1 : 0
  const sign = transposed ? -1 : 1
  const rowStep = sign * m * size
  c.get(b)
    .i32(from * m * size)
    .op('i32.add')
    .set(bAt)
  c.get(x)
    .i32(from * m * size)
    .op('i32.add')
    .set(xTo)
  c.get(l)
    .i32(from * n * size + (transposed ? from * size : 0))
    .op('i32.add')
    .set(lRow)
  c.i32(0).set(row)
  c.loop((nextRow) => {
    load(bAt, 1, rest)
    c.get(x)
      .i32(from * m * size)
      .op('i32.add')
      .set(xAt)
    c.get(lRow).set(lAt)
    c.get(row).set(left)
    c.block((done) => {
      c.loop((again) => {
        c.get(left).op('i32.eqz').branchIf(done)
        load(lAt, 0, weight)
        load(xAt, 1, solved)
        arithmetic('mul', weight, solved, product)
        arithmetic('sub', rest, product, rest)
        advance(c, xAt, rowStep)
        advance(c, lAt, transposed ? -n * size : size)
        c.get(left).i32(1).op('i32.sub').set(left).branch(again)
      })
    })
    // lAt has reached the diagonal.
    load(lAt, 0, weight)
    arithmetic('div', rest, weight, rest)
    const result = dtype === 'f64' ? rest : raw
    if (dtype === 'f32') cast('f64', 'f32', rest, raw)
    emitStore(c, dtype, { pointer: xTo, offset: 0, stride: 1, lanes }, result)
    advance(c, bAt, rowStep)
    advance(c, xTo, rowStep)
    advance(c, lRow, transposed ? -size : n * size)
    c.get(row).i32(1).op('i32.add').tee(row).i32(n).op('i32.lt_u').branchIf(nextRow)
  })
}

/** The code of the routines that are no products, by kind. */
export const routineCodes: RoutineCodes = {
  gather,
  scatterAdd: scatter,
  scatterMax: scatter,
  cholesky,
  triangularSolve,
}
