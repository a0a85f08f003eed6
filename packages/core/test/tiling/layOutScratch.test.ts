import { expect, test } from 'vitest'
import type { Slot } from '../../src/plan/plan.js'
import { evenTileRows, layOutScratch } from '../../src/tiling/layOutScratch.js'

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
