import { describe, expect, test } from 'vitest'
import type { DotRoutine, Kernel, Plan, Step } from '@spikeward/core/backend'
import { tilingTraits } from '../../src/device/traits.js'
import { fuseTiles, type WorkgroupTiles } from '../../src/plan/fuseTiles.js'

const ROWS = 4096
const traits = tilingTraits('blocks', null)

const at = (slot: number) => ({ slot, offset: 0, advance: [] })

/** Layers h ← −h w; the first reads an input and the last writes an output. */
function layers(count: number, rows: number, width: number): Plan {
  const size = rows * width
  const routine: DotRoutine = {
    ...{ kind: 'dot', dtype: 'f32', batch: 1, m: rows, n: width, k: width, binary: false },
    a: { batch: 0, m: width, k: 1 },
    b: { batch: 0, k: width, n: 1 },
  }
  const access = { dtype: 'f32', offset: 0, strides: [width, 1] } as const
  const kernel: Kernel = {
    ...{ name: 'neg', space: [rows, width], time: null, reduce: [], carries: [] },
    loads: [access],
    nodes: [
      { op: 'load', dtype: 'f32', operand: 0 },
      { op: 'neg', dtype: 'f32', args: [0] },
    ],
    stores: [{ ...access, node: 1, when: 'each', reduce: null }],
  }
  const between = Array.from({ length: 2 * count - 1 }, (_, i) => i)
  return {
    slots: [
      { kind: 'input', index: 0, dtype: 'f32', size },
      { kind: 'input', index: 1, dtype: 'f32', size: width * width },
      { kind: 'output', index: 0, dtype: 'f32', size },
      ...between.map((i) => ({ kind: 'temporary', byteOffset: 4 * size * i, dtype: 'f32', size }) as const),
    ],
    ...{ inputs: 2, outputs: 1, donations: [null], workspace: 4 * size * between.length },
    steps: Array.from({ length: count }, (_, i): Step[] => [
      { kind: 'routine', routine, ins: [at(i === 0 ? 0 : 2 + 2 * i), at(1)], outs: [at(3 + 2 * i)] },
      { kind: 'kernel', kernel, loads: [at(3 + 2 * i)], stores: [at(i === count - 1 ? 2 : 4 + 2 * i)] },
    ]).flat(),
  }
}

const groupsIn = (plan: Plan): readonly WorkgroupTiles[] =>
  fuseTiles(plan, traits, () => ({ small: false, lines: 100 })).steps.flatMap((s) =>
    s.kind === 'tileFused' ? [s] : [],
  )

describe('fuseTiles', () => {
  test('makes groups of as many workgroups as the device needs, or none', () => {
    const found = groupsIn(layers(3, ROWS, 64))
    expect(found.length).toBeGreaterThan(0)
    for (const g of found.filter((x) => x.firstTile === 0)) expect(g.workgroups).toBeGreaterThanOrEqual(traits.minTiles)
    expect(groupsIn(layers(3, 8, 2 ** 15))).toEqual([])
  })

  test('measures every step once, however many there are', () => {
    let measured = 0
    const plan = layers(60, ROWS, 64)
    fuseTiles(plan, traits, () => {
      measured++
      return { small: false, lines: 100 }
    })
    expect(measured).toBeLessThanOrEqual(plan.steps.length)
  })
})
