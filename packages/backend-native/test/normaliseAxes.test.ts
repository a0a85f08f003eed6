import { expect, test } from 'vitest'
import type { Kernel } from '@spikeward/core/backend'
import { normaliseAxes } from '../src/encode.js'

/** A copy over `space`, read and written through these strides. */
const copy = (space: number[], load: number[], store: number[], more: Partial<Kernel> = {}): Kernel => ({
  name: 'copy',
  space,
  time: null,
  reduce: [],
  loads: [{ dtype: 'f32', offset: 0, strides: load }],
  nodes: [{ op: 'load', dtype: 'f32', operand: 0 }],
  carries: [],
  stores: [{ dtype: 'f32', offset: 0, strides: store, node: 0, when: 'once', reduce: null }],
  ...more,
})

test('drops axes of length 1, and merges neighbours that every access traverses as one', () => {
  expect(normaliseAxes(copy([3, 1, 20, 32], [640, 0, 32, 1], [640, 0, 32, 1])).space).toEqual([1920])
  expect(normaliseAxes(copy([3, 1, 20, 32], [640, 0, 0, 1], [640, 0, 32, 1]))).toMatchObject({
    space: [3, 20, 32],
    loads: [{ strides: [640, 0, 1] }],
  })
})

test('brings the contiguous axis last, with the coordinates and the reduction that refer to it', () => {
  const turned = normaliseAxes(
    copy([64, 20], [1, 64], [1, 64], { nodes: [{ op: 'index', dtype: 'i32', axis: 0 }], reduce: [1] }),
  )
  expect(turned).toMatchObject({ space: [20, 64], reduce: [0], nodes: [{ axis: 1 }], stores: [{ strides: [64, 1] }] })
})

test('does not merge axes with another between them, which would change the order of sums', () => {
  const { space } = normaliseAxes(copy([4, 5, 32], [32, 999, 1], [32, 128, 1]))
  expect(space).toEqual([4, 5, 32])
})

test('leaves the time axis', () => {
  expect(normaliseAxes(copy([1, 32], [32, 1], [32, 1], { time: 0 }))).toMatchObject({ space: [1, 32], time: 0 })
})
