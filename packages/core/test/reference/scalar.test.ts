import { describe, expect, it } from 'vitest'
import { erf, evaluateScalar } from '../../src/reference/scalar.js'

describe('evaluateScalar', () => {
  it('wraps integers at 32 bits', () => {
    expect(evaluateScalar('mul', 'u32', [0xffffffff, 0xffffffff])).toBe(1)
    expect(evaluateScalar('mul', 'i32', [0x7fffffff, 2])).toBe(-2)
    expect(evaluateScalar('neg', 'u32', [1])).toBe(0xffffffff)
    expect(evaluateScalar('add', 'i32', [0x7fffffff, 1])).toBe(-(2 ** 31))
    expect(evaluateScalar('div', 'i32', [-(2 ** 31), -1])).toBe(-(2 ** 31))
    expect(evaluateScalar('div', 'u32', [7, 0])).toBe(0)
    expect(evaluateScalar('rem', 'i32', [-7, 3])).toBe(-1)
    expect(evaluateScalar('shiftRight', 'i32', [-8, 1])).toBe(-4)
    expect(evaluateScalar('shiftRight', 'u32', [0x80000000, 31])).toBe(1)
  })

  it('casts: floats saturate, integers wrap, bool is ≠ 0', () => {
    expect(evaluateScalar('cast', 'i32', [3e9], 'f64')).toBe(2 ** 31 - 1)
    expect(evaluateScalar('cast', 'u32', [-1.5], 'f32')).toBe(0)
    expect(evaluateScalar('cast', 'u32', [-1], 'i32')).toBe(0xffffffff)
    expect(evaluateScalar('cast', 'i32', [NaN], 'f32')).toBe(0)
    expect(evaluateScalar('cast', 'i32', [-2.9], 'f32')).toBe(-2)
    expect(evaluateScalar('cast', 'bool', [NaN], 'f32')).toBe(1)
    expect(evaluateScalar('cast', 'f32', [0.1], 'f64')).toBe(Math.fround(0.1))
    expect(evaluateScalar('bitcast', 'u32', [1], 'f32')).toBe(0x3f800000)
    expect(evaluateScalar('bitcast', 'f32', [0x3f800000], 'u32')).toBe(1)
  })

  it('has the powers of IEEE 754, where JavaScript has NaN for 1 and −1', () => {
    for (const dtype of ['f32', 'f64'] as const) {
      for (const y of [NaN, Infinity, -Infinity, 0, -0, 3]) expect(evaluateScalar('pow', dtype, [1, y])).toBe(1)
      for (const y of [Infinity, -Infinity, 0, 2]) expect(evaluateScalar('pow', dtype, [-1, y])).toBe(1)
      for (const x of [NaN, Infinity, -Infinity, 0, -2]) expect(evaluateScalar('pow', dtype, [x, 0])).toBe(1)
      expect(evaluateScalar('pow', dtype, [-1, NaN])).toBeNaN()
      expect(evaluateScalar('pow', dtype, [NaN, 1])).toBeNaN()
      expect(evaluateScalar('pow', dtype, [-8, 1 / 3])).toBeNaN()
      expect(evaluateScalar('pow', dtype, [0.5, -Infinity])).toBe(Infinity)
    }
  })

  it('lets NaN through max and min, and compares as IEEE does', () => {
    expect(evaluateScalar('max', 'f32', [NaN, 1])).toBeNaN()
    expect(evaluateScalar('min', 'f64', [1, NaN])).toBeNaN()
    expect(evaluateScalar('le', 'bool', [NaN, NaN], 'f32')).toBe(0)
    expect(evaluateScalar('ne', 'bool', [NaN, NaN], 'f32')).toBe(1)
    expect(evaluateScalar('not', 'bool', [1])).toBe(0)
    expect(evaluateScalar('not', 'u32', [0])).toBe(0xffffffff)
  })
})

describe('erf', () => {
  it('agrees with published values', () => {
    const table: [number, number][] = [
      [0.1, 0.1124629160182849],
      [0.5, 0.5204998778130465],
      [1, 0.8427007929497149],
      [2, 0.9953222650189527],
      [2.4, 0.9993114861033549],
      [2.6, 0.9997639655834707],
      [3, 0.9999779095030014],
      [4, 0.9999999845827421],
    ]
    for (const [x, y] of table) {
      expect(Math.abs(erf(x) - y)).toBeLessThan(3e-16)
      expect(erf(-x)).toBe(-erf(x))
    }
  })

  it('has slope 2/√π at 0, limits ±1, NaN and signed zero', () => {
    expect(erf(1e-300)).toBeCloseTo(1.1283791670955126e-300, 310)
    expect([erf(0), erf(-0), erf(Infinity), erf(-Infinity), erf(NaN)]).toEqual([0, -0, 1, -1, NaN])
  })
})
