import { bytesOf } from '@spikeward/core/backend'
import type { DType, Operand, TriangularSolveRoutine } from '@spikeward/core/backend'
import { emitLoad, emitStore } from '../kernel/access.js'
import { emitOperation, type Value } from '../kernel/ops.js'
import type { Build } from '../plan/build.js'
import type { Phase } from '../plan/phase.js'
import { operandPointer } from '../plan/pointers.js'
import type { Code, Local } from '../wasm/code.js'
import { advance } from '../wasm/loops.js'
import { eachUnit } from './units.js'

// Sums are in double precision for every dtype, since the systems are small and often ill-conditioned.

/** X[i,:] = (B[i,:] − Σ_k L[i,k] X[k,:]) / L[i,i] over the rows already solved, four columns at a time. */
export function triangularSolvePhases(
  build: Build,
  r: TriangularSolveRoutine,
  ins: readonly Operand[],
  outs: readonly Operand[],
): Phase[] {
  if (r.batch === 0 || r.n === 0 || r.m === 0) return []
  const blocks = Math.ceil(r.m / 4)
  const parallel = r.batch * blocks > 1 && r.batch * r.n * r.n * r.m > 200_000
  const size = bytesOf(r.dtype)
  const call = build.once(JSON.stringify(r), () =>
    build.module.define(['i32', 'i32', 'i32', 'i32'], (c, params) => {
      const [thread, l, b, x] = params as [Local, Local, Local, Local]
      const [block, lAt, bAt, xAt] = [c.local('i32'), c.local('i32'), c.local('i32'), c.local('i32')]
      eachUnit(c, thread, r.batch * blocks, parallel ? build.threads : 1, (unit) => {
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
        const solve = (lanes: number): void => solveColumns(c, build, r, lanes, lAt, bAt, xAt)
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
    }),
  )
  const pointers = [...ins, ...outs].map((o) => operandPointer(build, o, r.dtype))
  return [
    {
      kind: 'call',
      name: 'triangularSolve',
      call,
      pointers,
      integers: [],
      parallel,
      reads: [pointers[0]!.span, pointers[1]!.span],
      writes: [pointers[2]!.span],
    },
  ]
}

/** Solves one block of columns; `l` points at its matrix, `b` and `x` at its first column. */
function solveColumns(
  c: Code,
  build: Build,
  r: TriangularSolveRoutine,
  lanes: number,
  l: Local,
  b: Local,
  x: Local,
): void {
  const { n, m, dtype, transposed } = r
  const size = bytesOf(dtype)
  const local = (): Local => c.local('i32')
  const [row, left, lRow, lAt, bAt, xTo, xAt] = [local(), local(), local(), local(), local(), local(), local()]
  const pair = (): Value => [c.local('v128'), c.local('v128')]
  const [rest, product, solved, weight] = [pair(), pair(), pair(), pair()]
  const raw = [c.local('v128')]
  const arithmetic = (op: 'sub' | 'mul' | 'div', p: Value, q: Value, to: Value): void =>
    emitOperation(
      c,
      build.target,
      { node: { op, dtype: 'f64', args: [0, 0] }, from: 'f64', args: [p, q], constants: [undefined, undefined] },
      to,
    )
  const cast = (from: DType, to: DType, p: Value, q: Value): void =>
    emitOperation(
      c,
      build.target,
      { node: { op: 'cast', dtype: to, args: [0] }, from, args: [p], constants: [undefined] },
      q,
    )
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
