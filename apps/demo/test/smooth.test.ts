import { describe, expect, it } from 'vitest'
import { smooth } from '../src/operator/shownOperators.js'

describe('a source drawn by hand', () => {
  it('is smoothed: constants stay, a jump becomes a slope', () => {
    const flat = smooth(new Float64Array(101).fill(2), [-1, 1], 0.25)
    for (const v of flat(Float64Array.of(-1, 0.123, 1))) expect(v).toBeCloseTo(2, 12)
    const jump = smooth(
      Float64Array.from({ length: 101 }, (_, i) => (i < 50 ? -1 : 1)),
      [-1, 1],
      0.25,
    )
    const [left = NaN, near = NaN, right = NaN] = Array.from(jump(Float64Array.of(-0.8, 0.02, 0.8)))
    expect(left).toBeCloseTo(-1, 3)
    expect(right).toBeCloseTo(1, 3)
    expect(Math.abs(near)).toBeLessThan(0.3)
  })
})
