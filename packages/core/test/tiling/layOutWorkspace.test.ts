import { expect, test } from 'vitest'
import type { Slot } from '../../src/plan/plan.js'
import { evenTileRows, layOutScratch } from '../../src/tiling/layOutScratch.js'
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

test('a tile divides the partition if one of at least half the size does, and its last tile is never too small', () => {
  expect(evenTileRows(96, 20, 4)).toBe(16)
  expect(evenTileRows(101, 7, 4)).toBe(8)
  expect(evenTileRows(101, 8, 1)).toBe(8)
  expect(evenTileRows(5, 8, 1)).toBe(5)
})

test('each tile-local slot has its share of rows at a multiple of 64 bytes, with padding behind it', () => {
  const slots: Slot[] = [12, 40].map((size) => ({ kind: 'temporary', byteOffset: 0, dtype: 'f32', size }))
  const tiling = {
    partitionSize: 4,
    tileRows: 2,
    rowExtents: new Map([
      [0, 3],
      [1, 10],
    ]),
  }
  const spans = new Map([
    [0, { from: 0, to: 24 }],
    [1, { from: 64, to: 144 }],
  ])
  expect(layOutScratch(slots, tiling)).toEqual({ bytes: 192, spans })
  expect(layOutScratch(slots, tiling, 64).bytes).toBe(320)
})
