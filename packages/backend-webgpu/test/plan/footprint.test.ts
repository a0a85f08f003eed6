import type { Plan, Step } from '@spikeward/core/backend'
import { expect, test } from 'vitest'
import { conflicts, footprintOf } from '../../src/plan/footprint.js'

const plan: Plan = {
  slots: [
    { kind: 'input', index: 0, dtype: 'f32', size: 40 },
    { kind: 'temporary', byteOffset: 64, dtype: 'f32', size: 40 },
    { kind: 'temporary', byteOffset: 128, dtype: 'f32', size: 40 },
    { kind: 'output', index: 0, dtype: 'f32', size: 40 },
  ],
  inputs: 1,
  outputs: 1,
  donations: [0],
  workspace: 320,
  steps: [],
}

const at = (slot: number, offset = 0, advance: readonly number[] = []) => ({ slot, offset, advance })

/** Copies n elements by the given strides. */
const copy = (n: number, from: ReturnType<typeof at>, to: ReturnType<typeof at>, strides = [1, 1]): Step => ({
  kind: 'kernel',
  kernel: {
    name: 'copy',
    space: [n],
    time: null,
    reduce: [],
    loads: [{ dtype: 'f32', offset: 0, strides: [strides[0]!] }],
    nodes: [{ op: 'load', dtype: 'f32', operand: 0 }],
    carries: [],
    stores: [{ dtype: 'f32', offset: 0, strides: [strides[1]!], node: 0, when: 'each', reduce: null }],
  },
  loads: [from],
  stores: [to],
})

test('a kernel accesses the range that its strides span, forwards and backwards', () => {
  expect(footprintOf(plan, copy(5, at(0, 3), at(1, 9), [2, -1]))).toEqual([
    { place: 'input 0', low: 12, high: 48, write: false },
    { place: 'workspace', low: 84, high: 104, write: true },
  ])
})

test('a donated output lies in the memory of its input; temporaries lie in the workspace', () => {
  expect(conflicts(footprintOf(plan, copy(5, at(0), at(1))), footprintOf(plan, copy(5, at(2), at(3))))).toBe(true)
  expect(conflicts(footprintOf(plan, copy(16, at(0), at(1))), footprintOf(plan, copy(4, at(2), at(2, 9))))).toBe(false)
  expect(conflicts(footprintOf(plan, copy(17, at(0), at(1))), footprintOf(plan, copy(4, at(2), at(2, 9))))).toBe(true)
  expect(conflicts(footprintOf(plan, copy(9, at(0), at(1))), footprintOf(plan, copy(9, at(0), at(2, 9))))).toBe(false)
})

test('a routine accesses all of its slots: its strides may be negative', () => {
  const routine: Step = {
    kind: 'routine',
    routine: { kind: 'gather', dtype: 'f32', index: 'i32', rows: 4, width: 2, count: 3 },
    ins: [at(0, 30), at(1, 30)],
    outs: [at(2, 30)],
  }
  expect(footprintOf(plan, routine).map(({ low, high }) => [low, high])).toEqual([
    [0, 160],
    [64, 224],
    [128, 288],
  ])
})

test('an operand that advances accesses all of its slot', () => {
  const step: Step = { kind: 'loop', length: 3, steps: [copy(2, at(0, 0, [2]), at(1))] }
  expect(footprintOf(plan, step)[0]).toEqual({ place: 'input 0', low: 0, high: 160, write: false })
})
