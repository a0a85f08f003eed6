import type { Plan, Step } from '@spikeward/core/backend'
import { expect, test } from 'vitest'
import { conflict, touchesOf } from '../../src/plan/touches.js'

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

test('a kernel touches the stretch that its accesses span, forwards and backwards', () => {
  expect(touchesOf(plan, copy(5, at(0, 3), at(1, 9), [2, -1]))).toEqual([
    { place: 'input 0', low: 12, high: 48, write: false },
    { place: 'workspace', low: 84, high: 104, write: true },
  ])
})

test('a donated output is the memory of its input; temporaries share the workspace', () => {
  expect(conflict(touchesOf(plan, copy(5, at(0), at(1))), touchesOf(plan, copy(5, at(2), at(3))))).toBe(true)
  expect(conflict(touchesOf(plan, copy(16, at(0), at(1))), touchesOf(plan, copy(4, at(2), at(2, 9))))).toBe(false)
  expect(conflict(touchesOf(plan, copy(17, at(0), at(1))), touchesOf(plan, copy(4, at(2), at(2, 9))))).toBe(true)
  expect(conflict(touchesOf(plan, copy(9, at(0), at(1))), touchesOf(plan, copy(9, at(0), at(2, 9))))).toBe(false)
})

test('a routine may go backwards from where it starts: it touches all of its slots', () => {
  const routine: Step = {
    kind: 'routine',
    routine: { kind: 'gather', dtype: 'f32', index: 'i32', rows: 4, width: 2, count: 3 },
    ins: [at(0, 30), at(1, 30)],
    outs: [at(2, 30)],
  }
  expect(touchesOf(plan, routine).map(({ low, high }) => [low, high])).toEqual([
    [0, 160],
    [64, 224],
    [128, 288],
  ])
})

test('what advances in a loop may be anywhere in its slot', () => {
  const step: Step = { kind: 'loop', length: 3, steps: [copy(2, at(0, 0, [2]), at(1))] }
  expect(touchesOf(plan, step)[0]).toEqual({ place: 'input 0', low: 0, high: 160, write: false })
})
