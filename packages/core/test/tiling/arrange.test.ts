import type { Slot } from '../../src/plan/plan.js'
import { expect, test } from 'vitest'
import { arrange } from '../../src/tiling/arrange.js'

const at = (byteOffset: number, bytes: number): Slot => ({
  kind: 'temporary',
  byteOffset,
  dtype: 'f32',
  size: bytes / 4,
})
const found = (slots: readonly Slot[], gone: readonly number[], apart: readonly number[]): [number[], number] => {
  const { places, workspace } = arrange({ slots }, new Set(gone), new Set(apart))
  return [slots.flatMap((_, i) => places.get(i) ?? []), workspace]
}

test('what lies behind a gap moves up, and shares memory where it did before', () => {
  const slots = [at(0, 256), at(256, 100), at(320, 64), at(256, 128), at(448, 64)]
  expect(found(slots, [], [])).toEqual([[0, 256, 320, 256, 384], 448])
  expect(found(slots, [0], [])).toEqual([[0, 64, 0, 128], 192])
  expect(found(slots, [0, 1, 2, 3, 4], [])).toEqual([[], 0])
})

test('a slot apart shares its memory with none', () => {
  expect(found([at(0, 256), at(0, 100), at(128, 128)], [], [1])).toEqual([[0, 256, 128], 384])
})

test('inputs and outputs are not in the workspace', () => {
  expect(found([{ kind: 'input', index: 0, dtype: 'f32', size: 9 }, at(64, 64)], [], [])).toEqual([[0], 64])
})
