import { bytesOf } from '@spikeward/core/backend'
import type { DType, RoutineOfKind } from '@spikeward/core/backend'
import { emitLoad, emitStore } from '../kernel/access.js'
import { emitOperation, type Target, type Value } from '../kernel/ops.js'
import type { RoutineCode, RoutineCodes } from '../plan/build.js'
import { locals, type Code, type Local } from '../wasm/code.js'
import { advance, pushAt } from '../wasm/loops.js'
import { eachUnit } from './units.js'

// Sums are in double precision for every dtype, since the systems are small and often ill-conditioned.

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
          c.get(aAt).get(j).i32(size).op('i32.mul').op('i32.add')
          loadDouble(c, r.dtype).set(rest)
          c.get(rowI).set(x)
          c.get(rowJ).set(y)
          c.get(j).set(left)
          subtractProduct(c, r.dtype, rest, x, y, left)
          const entry = (): Code => c.get(rowI).get(j).i32(size).op('i32.mul').op('i32.add')
          c.get(i)
            .get(j)
            .op('i32.eq')
            .when(
              () => {
                entry().get(rest).op('f64.sqrt').f64(NaN).get(rest).f64(0).op('f64.gt').op('select')
                storeDouble(c, r.dtype)
              },
              () => {
                entry().get(rest).get(rowJ).get(j).i32(size).op('i32.mul').op('i32.add')
                loadDouble(c, r.dtype).op('f64.div')
                storeDouble(c, r.dtype)
              },
            )
          advance(c, rowJ, n * size)
          c.get(j).i32(1).op('i32.add').tee(j).get(i).op('i32.le_u').branchIf(nextColumn)
        })
        c.get(rowI)
          .get(j)
          .i32(size)
          .op('i32.mul')
          .op('i32.add')
          .i32(0)
          .i32(n)
          .get(j)
          .op('i32.sub')
          .i32(size)
          .op('i32.mul')
          .memoryFill()
        advance(c, aAt, n * size)
        advance(c, rowI, n * size)
        c.get(i).i32(1).op('i32.add').tee(i).i32(n).op('i32.lt_u').branchIf(nextRow)
      })
    })
  },
}

const loadDouble = (c: Code, dtype: DType): Code =>
  dtype === 'f32' ? c.mem('f32.load').op('f64.promote_f32') : c.mem('f64.load')
const storeDouble = (c: Code, dtype: DType): Code =>
  dtype === 'f32' ? c.op('f32.demote_f64').mem('f32.store') : c.mem('f64.store')

/** rest −= Σ x[q] y[q] over `left` elements, two at a time; advances x and y and decreases left. */
function subtractProduct(c: Code, dtype: DType, rest: Local, x: Local, y: Local, left: Local): void {
  const size = bytesOf(dtype)
  const sum = c.local('v128')
  const two = (p: Local): Code =>
    dtype === 'f32' ? c.get(p).mem('v128.load64_zero').op('f64x2.promote_low_f32x4') : c.get(p).mem('v128.load')
  const move = (count: number): void => {
    for (const p of [x, y]) advance(c, p, count * size)
    c.get(left).i32(count).op('i32.sub').set(left)
  }
  c.get(sum).get(sum).op('v128.xor').set(sum)
  c.block((done) => {
    c.loop((again) => {
      c.get(left).i32(2).op('i32.lt_u').branchIf(done)
      c.get(sum)
      two(x)
      two(y).op('f64x2.mul').op('f64x2.add').set(sum)
      move(2)
      c.branch(again)
    })
  })
  c.get(rest)
    .get(sum)
    .lane('f64x2.extract_lane', 0)
    .get(sum)
    .lane('f64x2.extract_lane', 1)
    .op('f64.add')
    .op('f64.sub')
    .set(rest)
  c.get(left).when(() => {
    c.get(rest).get(x)
    loadDouble(c, dtype).get(y)
    loadDouble(c, dtype).op('f64.mul').op('f64.sub').set(rest)
  })
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
      c.get(l)
        .get(batch)
        .i32(r.n * r.n * size)
        .op('i32.mul')
        .op('i32.add')
        .set(lAt)
      for (const [base, to] of [
        [b, bAt],
        [x, xAt],
      ] as const) {
        c.get(base)
          .get(batch)
          .i32(r.n * r.m * size)
          .op('i32.mul')
          .op('i32.add')
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

/** The code of routines of linear algebra. */
export const linearAlgebraCode = { cholesky, triangularSolve } satisfies Partial<RoutineCodes>
