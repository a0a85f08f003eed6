import { expect, test } from 'vitest'
import type { Slot } from '../../src/plan/plan.js'
import { layOutWorkspace } from '../../src/tiling/layOutWorkspace.js'

const at = (byteOffset: number, bytes: number): Slot => ({
  kind: 'temporary',
  byteOffset,
  dtype: 'f32',
  size: bytes / 4,
})
const layOut = (
  slots: readonly Slot[],
  removed: readonly number[],
  nonAliased: readonly number[],
): [number[], number] => {
  const { offsets, bytes } = layOutWorkspace({ slots }, new Set(removed), new Set(nonAliased))
  return [slots.flatMap((_, i) => offsets.get(i) ?? []), bytes]
}

test('slots behind a gap move up and share memory where they did before', () => {
  const slots = [at(0, 256), at(256, 100), at(320, 64), at(256, 128), at(448, 64)]
  expect(layOut(slots, [], [])).toEqual([[0, 256, 320, 256, 384], 448])
  expect(layOut(slots, [0], [])).toEqual([[0, 64, 0, 128], 192])
  expect(layOut(slots, [0, 1, 2, 3, 4], [])).toEqual([[], 0])
})

test('a non-aliased slot shares its memory with no other slot', () => {
  expect(layOut([at(0, 256), at(0, 100), at(128, 128)], [], [1])).toEqual([[0, 256, 128], 384])
})

test('inputs and outputs are not in the workspace', () => {
  expect(layOut([{ kind: 'input', index: 0, dtype: 'f32', size: 9 }, at(64, 64)], [], [])).toEqual([[0], 64])
})
