import { expect, test } from 'vitest'
import type { Plan } from '../../src/plan/plan.js'
import { tileFusedGroup } from '../../src/tiling/tileFusedGroup.js'

const plan: Plan = {
  inputs: 0,
  outputs: 0,
  donations: [],
  workspace: 1024,
  slots: [0, 1].map((i) => ({ kind: 'temporary', byteOffset: i * 512, dtype: 'f32', size: 80 })),
  steps: [],
}
const candidate = {
  partitionSize: 10,
  steps: [],
  rowExtents: new Map([
    [0, 8],
    [1, 8],
  ]),
  localBytes: 640,
  nonAliased: new Set<number>(),
}

test('the last tile of a partition may have fewer rows', () => {
  const group = tileFusedGroup({ plan, depth: 1 }, candidate, 4)
  expect(group).toMatchObject({ tiles: 3, lastRows: 2, tiling: { partitionSize: 10, tileRows: 4, depth: 1 } })
  expect(tileFusedGroup({ plan, depth: 0 }, candidate, 5)).toMatchObject({ tiles: 2, lastRows: 0 })
})

test('each tile-local slot that needs memory has a part of the scratch, as large as the rows of a tile', () => {
  const { scratch } = tileFusedGroup({ plan, depth: 0 }, candidate, 4)
  expect([...scratch.spans]).toEqual([
    [0, { from: 0, to: 128 }],
    [1, { from: 128, to: 256 }],
  ])
  const shared = tileFusedGroup({ plan, depth: 0 }, candidate, 4, { padding: 64, hasPart: (slot) => slot !== 1 })
  expect([...shared.scratch.spans.keys()]).toEqual([0])
  expect(shared.tiling.rowExtents.size).toBe(2)
})
