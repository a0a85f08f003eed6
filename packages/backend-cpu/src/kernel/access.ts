import { type DType, bytesOf } from '@spikeward/core/backend'
import { splatI32, type Code, type Local } from '../wasm/code.js'
import type { Value } from './ops.js'

/** The place of a vector of up to four elements: address = pointer + offset bytes, elements `stride` elements apart. */
export interface Place {
  readonly pointer: Local
  readonly offset: number
  readonly stride: number
  /** Number of elements, 1 … 4; other lanes are undefined. */
  readonly lanes: number
}

/** Pushes the address and returns the constant offset for the instruction, which cannot be negative. */
function pushAddress(c: Code, pointer: Local, offset: number): number {
  c.get(pointer)
  if (offset >= 0) return offset
  c.i32(offset).op('i32.add')
  return 0
}

/** Loads the elements at `at`; a stride of 0 broadcasts one element to all lanes. */
export function emitLoad(c: Code, dtype: DType, at: Place, to: Value): void {
  const size = bytesOf(dtype)
  const perPart = 16 / size
  for (const [p, part] of to.entries()) {
    const start = at.offset + p * perPart * at.stride * size
    const lanes = Math.min(perPart, at.lanes - p * perPart)
    if (at.stride === 0)
      c.mem(size === 8 ? 'v128.load64_splat' : 'v128.load32_splat', pushAddress(c, at.pointer, start)).set(part)
    else if (at.stride === 1 && lanes === perPart) c.mem('v128.load', pushAddress(c, at.pointer, start)).set(part)
    else if (lanes > 0) {
      c.mem(size === 8 ? 'v128.load64_zero' : 'v128.load32_zero', pushAddress(c, at.pointer, start)).set(part)
      for (let i = 1; i < lanes; i++) {
        const offset = pushAddress(c, at.pointer, start + i * at.stride * size)
        c.get(part)
          .memLane(size === 8 ? 'v128.load64_lane' : 'v128.load32_lane', i, offset)
          .set(part)
      }
    } else c.v128(splatI32(0)).set(part)
  }
  if (dtype === 'bool') c.get(to[0]!).v128(splatI32(0)).op('i32x4.ne').set(to[0]!)
}

/** Stores `value` at `at`; a stride of 0 stores the first lane. */
export function emitStore(c: Code, dtype: DType, at: Place, value: Value): void {
  const size = bytesOf(dtype)
  const perPart = 16 / size
  for (const [p, part] of value.entries()) {
    const start = at.offset + p * perPart * at.stride * size
    const lanes = Math.min(perPart, (at.stride === 0 ? 1 : at.lanes) - p * perPart)
    const push = (): void => {
      c.get(part)
      if (dtype === 'bool') c.v128(splatI32(1)).op('v128.and')
    }
    if (at.stride === 1 && lanes === perPart) {
      const offset = pushAddress(c, at.pointer, start)
      push()
      c.mem('v128.store', offset)
    } else {
      for (let i = 0; i < lanes; i++) {
        const offset = pushAddress(c, at.pointer, start + i * at.stride * size)
        push()
        c.memLane(size === 8 ? 'v128.store64_lane' : 'v128.store32_lane', i, offset)
      }
    }
  }
}
