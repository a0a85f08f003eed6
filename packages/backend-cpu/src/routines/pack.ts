import { type DotRoutine, bytesOf } from '@spikeward/core/backend'
import type { Build } from '../plan/build.js'
import { copyLoop, loopPhases } from '../plan/kernelPhases.js'
import type { Phase, Pointer } from '../plan/phase.js'

/**
 * Copies a matrix to blocks of `width` adjacent elements of its first axis, each block along the second axis:
 * packed[batch][block][second][width]. The last block may be narrower; its missing elements are not written.
 */
export function packPhases(
  build: Build,
  name: string,
  [batches, batchStride]: readonly [number, number],
  [first, firstStride]: readonly [number, number],
  [second, secondStride]: readonly [number, number],
  width: number,
  dtype: DotRoutine['dtype'],
  from: Pointer,
  to: Pointer,
): Phase[] {
  const count = batchStride === 0 ? 1 : batches
  const whole = Math.floor(first / width)
  const rest = first % width
  const blockSize = second * width
  const batchSize = Math.ceil(first / width) * blockSize
  const moved = (p: Pointer, elements: number): Pointer => ({ ...p, offset: p.offset + elements * bytesOf(dtype) })
  const phases: Phase[] = []
  if (whole > 0) {
    const loop = copyLoop(
      `pack ${name}`,
      dtype,
      [count, whole, second, width],
      [batchStride, width * firstStride, secondStride, firstStride],
      [batchSize, blockSize, width, 1],
    )
    phases.push(...loopPhases(build, loop, [from, to]))
  }
  if (rest > 0) {
    const loop = copyLoop(
      `pack rest of ${name}`,
      dtype,
      [count, second, rest],
      [batchStride, secondStride, firstStride],
      [batchSize, width, 1],
    )
    phases.push(...loopPhases(build, loop, [moved(from, whole * width * firstStride), moved(to, whole * blockSize)]))
  }
  return phases
}
