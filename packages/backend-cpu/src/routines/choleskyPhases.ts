import { bytesOf } from '@spikeward/core/backend'
import type { CholeskyRoutine, DType, Operand } from '@spikeward/core/backend'
import type { Build } from '../plan/build.js'
import type { Phase } from '../plan/phase.js'
import { operandPointer } from '../plan/pointers.js'
import type { Code, Local } from '../wasm/code.js'
import { advance, pushAt } from '../wasm/loops.js'
import { eachUnit } from './units.js'

// Sums are in double precision for every dtype, since the systems are small and often ill-conditioned.

/** L[i,j] = (A[i,j] − Σ_{l<j} L[i,l] L[j,l]) / L[j,j], row by row; a pivot that is not positive gives NaN. */
export function choleskyPhases(
  build: Build,
  r: CholeskyRoutine,
  ins: readonly Operand[],
  outs: readonly Operand[],
): Phase[] {
  if (r.batch === 0 || r.n === 0) return []
  const { n } = r
  const size = bytesOf(r.dtype)
  const parallel = r.batch > 1 && r.batch * n ** 3 > 200_000
  const call = build.once(JSON.stringify(r), () =>
    build.module.define(['i32', 'i32', 'i32'], (c, params) => {
      const [thread, a, l] = params as [Local, Local, Local]
      const local = (): Local => c.local('i32')
      const [aAt, start, rowI, rowJ, i, j, x, y, left] = [
        local(),
        local(),
        local(),
        local(),
        local(),
        local(),
        local(),
        local(),
        local(),
      ]
      const rest = c.local('f64')
      eachUnit(c, thread, r.batch, parallel ? build.threads : 1, (batch) => {
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
    }),
  )
  const [from, to] = [operandPointer(build, ins[0]!, r.dtype), operandPointer(build, outs[0]!, r.dtype)]
  return [
    {
      kind: 'call',
      name: 'cholesky',
      call,
      pointers: [from, to],
      integers: [],
      parallel,
      reads: [from.span],
      writes: [to.span],
    },
  ]
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
