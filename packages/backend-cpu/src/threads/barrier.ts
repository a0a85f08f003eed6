import { locals, type FunctionRef } from '../wasm/code.js'
import type { ModuleBuilder } from '../wasm/module.js'
import { control } from './control.js'

/** How often a thread polls the turn of the barrier before it sleeps: some tens of microseconds. */
const SPINS = 20000
/** After this time in nanoseconds, a sleeping thread checks whether another thread has failed. */
const LONGEST_SLEEP = 100_000_000

/**
 * `barrier(thread)`: returns when all threads have called it. The last to arrive opens it by raising the turn; the
 * others spin on the turn for a while, then sleep on it.
 *
 * @param mainMaySleep false in a browser's main thread, where waiting traps; thread 0 then only spins
 */
export function defineBarrier(module: ModuleBuilder, threads: number, mainMaySleep: boolean): FunctionRef {
  return module.define(['i32'], (c, [thread]) => {
    const [turn, spins] = locals(c, 'i32', 2)
    c.i32(0).mem('i32.atomic.load', control.turn).set(turn)
    c.i32(0)
      .i32(1)
      .mem('i32.atomic.rmw.add', control.arrived)
      .i32(threads - 1)
      .op('i32.eq')
      .when(
        () => {
          c.i32(0).i32(0).mem('i32.atomic.store', control.arrived)
          c.i32(0).get(turn).i32(1).op('i32.add').mem('i32.atomic.store', control.turn)
          c.i32(0)
            .mem('i32.atomic.load', control.waiters)
            .when(() => {
              c.i32(0).i32(-1).mem('memory.atomic.notify', control.turn).op('drop')
            })
        },
        () => {
          c.block((open) => {
            c.loop((again) => {
              c.i32(0).mem('i32.atomic.load', control.turn).get(turn).op('i32.ne').branchIf(open)
              c.get(spins).i32(1).op('i32.add').tee(spins).i32(SPINS).op('i32.lt_u').branchIf(again)
              c.i32(0)
                .mem('i32.atomic.load', control.failed)
                .when(() => {
                  c.op('unreachable')
                })
              const sleep = (): void => {
                c.i32(0).i32(1).mem('i32.atomic.rmw.add', control.waiters).op('drop')
                c.i32(0).get(turn).i64(LONGEST_SLEEP).mem('memory.atomic.wait32', control.turn).op('drop')
                c.i32(0).i32(1).mem('i32.atomic.rmw.sub', control.waiters).op('drop')
              }
              if (mainMaySleep) sleep()
              else c.get(thread!).when(sleep)
              c.branch(again)
            })
          })
        },
      )
  })
}
