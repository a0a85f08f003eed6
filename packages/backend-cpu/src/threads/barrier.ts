import { locals, type FunctionRef } from '../wasm/code.js'
import type { ModuleBuilder } from '../wasm/module.js'

/**
 * The first bytes of linear memory synchronise threads. These are the byte offsets of 32-bit cells; cells that threads
 * spin on have separate cache lines.
 */
export const control = {
  /** Incremented for every command to the workers, which sleep on it. */
  epoch: 64,
  /** Workers asleep on `epoch`. */
  sleepers: 128,
  /** The command: its kind, its module, and its table or bytes. */
  command: 192,
  module: 196,
  argument: 200,
  length: 204,
  /** Number of workers that have finished a command that asks for it. */
  done: 256,
  /** The barrier: threads that have arrived, its turn, and threads asleep on the turn. */
  arrived: 320,
  turn: 384,
  waiters: 448,
  /** Not 0 once a thread has failed; then no thread waits any more. */
  failed: 512,
} as const

/** Size of the control cells; data starts after them. */
export const CONTROL_BYTES = 1024

export const commands = { run: 1, load: 2, unload: 3, exit: 4 } as const

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
