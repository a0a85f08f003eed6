import { bytesOf } from '@spikeward/core/backend'
import type { DType } from '@spikeward/core/backend'
import type { Code, Local } from '../wasm/code.js'
import { advance } from '../wasm/loops.js'

// Sums are in double precision for every dtype, since the systems are small and often ill-conditioned.

/** Loads a number as f64. */
export const loadDouble = (c: Code, dtype: DType): Code =>
  dtype === 'f32' ? c.mem('f32.load').op('f64.promote_f32') : c.mem('f64.load')
/** Stores an f64 as a number of a dtype. */
export const storeDouble = (c: Code, dtype: DType): Code =>
  dtype === 'f32' ? c.op('f32.demote_f64').mem('f32.store') : c.mem('f64.store')

/** rest −= Σ x[q] y[q] over `left` elements, two at a time; advances x and y and decreases left. */
export function subtractProduct(c: Code, dtype: DType, rest: Local, x: Local, y: Local, left: Local): void {
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
