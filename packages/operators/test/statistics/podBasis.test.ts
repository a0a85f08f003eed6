import { expect, test } from 'vitest'
import { podBasis } from '../../src/index.js'

test.each([7, 8, 9, 10])('a basis of one mode less than %i fields represents them all', (fieldCount) => {
  const own = Float64Array.from({ length: fieldCount * 21 }, (_, i) => Math.sin(i * i))
  const { mean, modes, captured } = podBasis(own, fieldCount, fieldCount - 1)
  expect(captured).toBeCloseTo(1, 12)
  for (let r = 0; r < fieldCount; r++) {
    const rest = mean.map((m, i) => own[r * 21 + i]! - m)
    const left = rest.slice()
    for (let k = 0; k < fieldCount - 1; k++) {
      const mode = mean.map((_, i) => modes[i * (fieldCount - 1) + k]!)
      const c = rest.reduce((s, v, i) => s + v * mode[i]!, 0) / 21
      mode.forEach((m, i) => (left[i]! -= c * m))
    }
    expect(Math.max(...left.map(Math.abs))).toBeLessThan(1e-9)
  }
})
