import { u32 } from '../kernel/wgsl.js'
import { ROUTINE_LINES, type Task } from '../plan/task.js'

/** A task whose thread q computes part q of `parts`, in `serial` operations for each part. */
export const taskOfParts = (name: string, parts: number, serial: number, body: readonly string[]): Task => ({
  name,
  wide: false,
  singleThread: false,
  lines: ROUTINE_LINES,
  serial: Math.ceil(parts / 256) * serial,
  emit: (threads) => ({
    groups: Math.ceil(parts / threads),
    tile: 0,
    bits: 0,
    body: [`let q = g * ${threads}u + l;`, `if (q < ${u32(parts)}) {`, ...body, '}'],
  }),
})
