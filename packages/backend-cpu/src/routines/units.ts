import type { DotRoutine } from '@spikeward/core/backend'
import { emitStore } from '../kernel/access.js'
import { locals, type Code, type Local } from '../wasm/code.js'

/** Emits a loop over the thread's share of the units. */
export function eachUnit(c: Code, thread: Local, units: number, threads: number, body: (unit: Local) => void): void {
  const [unit, end] = locals(c, 'i32', 2)
  c.i32(0).set(unit)
  c.i32(units).set(end)
  if (threads > 1) {
    c.get(thread).i32(units).op('i32.mul').i32(threads).op('i32.div_u').set(unit)
    c.get(thread).i32(1).op('i32.add').i32(units).op('i32.mul').i32(threads).op('i32.div_u').set(end)
  }
  c.block((leave) => {
    c.loop((again) => {
      c.get(unit).get(end).op('i32.ge_u').branchIf(leave)
      body(unit)
      c.get(unit).i32(1).op('i32.add').set(unit).branch(again)
    })
  })
}

/** Stores the first `lanes` elements of a vector. */
export function emitStoreVector(
  c: Code,
  dtype: DotRoutine['dtype'],
  pointer: Local,
  offset: number,
  lanes: number,
  value: Local,
): void {
  emitStore(c, dtype, { pointer, offset, stride: 1, lanes }, [value])
}
