import { type DType, bytesOf } from '@spikeward/core/backend'
import { locals, type Code, type Local } from '../wasm/code.js'
import { advance } from '../wasm/loops.js'

// Sums are in double precision for every dtype, since the systems are small and often ill-conditioned.

/** Loads a number as f64. */
export const loadDouble = (c: Code, dtype: DType): Code =>
  dtype === 'f32' ? c.mem('f32.load').op('f64.promote_f32') : c.mem('f64.load')
/** Stores an f64 as a number of a dtype. */
export const storeDouble = (c: Code, dtype: DType): Code =>
  dtype === 'f32' ? c.op('f32.demote_f64').mem('f32.store') : c.mem('f64.store')

/** Sums that do not wait for each other, of two lanes each. */
const SUMS = 4

/** rest −= Σ x[q] y[q] over `left` elements, eight at a time in sums of two lanes; advances x and y, decreases left. */
export function subtractProduct(c: Code, dtype: DType, rest: Local, x: Local, y: Local, left: Local): void {
  const size = bytesOf(dtype)
  const sums = locals(c, 'v128', SUMS)
  const two = (p: Local, offset: number): Code =>
    dtype === 'f32'
      ? c.get(p).mem('v128.load64_zero', offset).op('f64x2.promote_low_f32x4')
      : c.get(p).mem('v128.load', offset)
  const move = (count: number): void => {
    for (const p of [x, y]) advance(c, p, count * size)
    c.get(left).i32(count).op('i32.sub').set(left)
  }
  const whileAtLeast = (count: number, body: () => void): void => {
    c.block((done) => {
      c.loop((again) => {
        c.get(left).i32(count).op('i32.lt_u').branchIf(done)
        body()
        move(count)
        c.branch(again)
      })
    })
  }
  for (const sum of sums) c.get(sum).get(sum).op('v128.xor').set(sum)
  whileAtLeast(2 * SUMS, () => {
    sums.forEach((sum, i) => {
      c.get(sum)
      two(x, 2 * i * size)
      two(y, 2 * i * size)
        .op('f64x2.mul')
        .op('f64x2.add')
        .set(sum)
    })
  })
  const [sum, ...others] = sums
  for (const other of others) c.get(sum).get(other).op('f64x2.add').set(sum)
  c.get(rest)
    .get(sum)
    .lane('f64x2.extract_lane', 0)
    .get(sum)
    .lane('f64x2.extract_lane', 1)
    .op('f64.add')
    .op('f64.sub')
    .set(rest)
  whileAtLeast(1, () => {
    c.get(rest).get(x)
    loadDouble(c, dtype).get(y)
    loadDouble(c, dtype).op('f64.mul').op('f64.sub').set(rest)
  })
}
