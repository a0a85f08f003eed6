import { describe, expect, it } from 'vitest'
import { foldCast, foldConstants, makeDraft } from '../../src/emit/kernelDraft.js'

const i = { offset: 0, steps: [1, 0] },
  j = { offset: 2, steps: [0, 1] }

describe('makeDraft', () => {
  it('shares equal nodes, with commuted arguments too', () => {
    const d = makeDraft()
    const x = d.push({ op: 'load', dtype: 'f32', operand: 0 }),
      y = d.push({ op: 'load', dtype: 'f32', operand: 1 })
    expect(d.binary('add', 'f32', x, y)).toBe(d.binary('add', 'f32', y, x))
    expect(d.binary('sub', 'f32', x, y)).not.toBe(d.binary('sub', 'f32', y, x))
    expect(d.constant('f32', 0)).not.toBe(d.constant('f32', -0))
    expect(d.constant('f32', 0.1)).toBe(d.constant('f32', Math.fround(0.1)))
    expect(d.constant('f32', 1)).not.toBe(d.constant('f64', 1))
  })

  it('folds x·1, x+0, x−0, casts to the same type and selections by a constant; keeps 0−x and 1/x', () => {
    const d = makeDraft()
    const x = d.push({ op: 'load', dtype: 'f32', operand: 0 })
    const zero = d.constant('f32', 0),
      one = d.constant('f32', 1)
    for (const [op, a, b] of [
      ['mul', x, one],
      ['mul', one, x],
      ['div', x, one],
      ['add', x, zero],
      ['add', zero, x],
      ['sub', x, zero],
    ] as const) {
      expect(d.binary(op, 'f32', a, b)).toBe(x)
    }
    expect(d.binary('sub', 'f32', zero, x)).not.toBe(x)
    expect(d.binary('div', 'f32', one, x)).not.toBe(x)
    expect(d.unary('cast', 'f32', x)).toBe(x)
    expect(d.select('f32', d.constant('bool', 1), x, one)).toBe(x)
    expect(d.select('f32', d.constant('bool', 0), x, one)).toBe(one)
  })

  it('keeps sums and multiples of coordinates as one affine form', () => {
    const d = makeDraft()
    const five = d.constant('u32', 5)
    const a = d.linear('u32', i),
      b = d.linear('u32', j)
    expect(d.binary('add', 'u32', d.binary('mul', 'u32', five, a), b)).toBe(
      d.linear('u32', { offset: 2, steps: [5, 1] }),
    )
    expect(d.binary('mul', 'u32', b, five)).toBe(d.linear('u32', { offset: 10, steps: [0, 5] }))
    expect(d.nodes[d.binary('mul', 'u32', a, b)]!.op).toBe('mul')
    expect(d.nodes[d.linear('f32', i)]).toMatchObject({ op: 'cast', dtype: 'f32' })
    expect(d.linear('i32', { offset: 3, steps: [0, 0] })).toBe(d.constant('i32', 3))
  })
})

describe('folding', () => {
  it('wraps and rounds as the kernels do', () => {
    expect(foldConstants('mul', 'u32', 'u32', [0xffffffff, 3])).toBe(0xfffffffd)
    expect(foldConstants('mul', 'i32', 'i32', [0x7fffffff, 2])).toBe(-2)
    expect(foldConstants('add', 'f32', 'f32', [Math.fround(0.1), Math.fround(0.2)])).toBe(
      Math.fround(Math.fround(0.1) + Math.fround(0.2)),
    )
    expect(foldConstants('shiftRight', 'i32', 'i32', [-8, 1])).toBe(-4)
    expect(foldConstants('shiftRight', 'u32', 'u32', [0xfffffff8, 1])).toBe(0x7ffffffc)
    // As backends do, which keep the bits of an integer.
    expect(foldConstants('cast', 'i32', 'u32', [0xfffffff8])).toBe(-8)
    expect(foldConstants('exp', 'f32', 'f32', [1])).toBe(null)
    expect(foldConstants('lt', 'bool', 'f32', [NaN, 1])).toBe(0)
    expect(foldConstants('ne', 'bool', 'f32', [NaN, NaN])).toBe(1)
    expect([
      foldCast('i32', -1.7),
      foldCast('u32', -1),
      foldCast('u32', 1e10),
      foldCast('i32', NaN),
      foldCast('bool', 0.5),
    ]).toEqual([-1, 0, 4294967295, 0, 1])
  })
})
