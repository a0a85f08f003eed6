import { describe, expect, it } from 'vitest'
import { hasLearned, pairedRatio } from '../../src/baselines/pairedRatio.js'

describe('pairedRatio', () => {
  it('is the geometric mean with the interval of Student’s t', () => {
    // log ratios −1, 0, 1: mean 0, deviation 1, t(2) = 4.303.
    const found = pairedRatio([Math.exp(-1), 1, Math.E], [1, 1, 1])!
    expect(found.ratio).toBeCloseTo(1, 12)
    expect(found.high).toBeCloseTo(Math.exp(4.303 / Math.sqrt(3)), 10)
    expect(found.low).toBeCloseTo(1 / found.high, 10)
  })

  it.each([
    [6, 2.447],
    [10, 2.228],
    [30, 2.042],
  ])('takes the quantile of %i degrees of freedom', (freedom, quantile) => {
    const logs = Array.from({ length: freedom + 1 }, (_, i) => (i % 2 === 0 ? 1 : -1))
    const mean = logs.reduce((a, b) => a + b, 0) / logs.length
    const deviation = Math.sqrt(logs.reduce((s, v) => s + (v - mean) ** 2, 0) / freedom)
    const found = pairedRatio(
      logs.map(Math.exp),
      logs.map(() => 1),
    )!
    expect(Math.log(found.high / found.ratio)).toBeCloseTo((quantile * deviation) / Math.sqrt(freedom + 1), 3)
  })

  it('is narrow where both errors of a pair vary together', () => {
    const found = pairedRatio([0.01, 0.1, 1], [0.02, 0.2, 2])!
    expect(found.high - found.low).toBeLessThan(1e-12)
    expect(found.ratio).toBeCloseTo(0.5, 12)
  })

  it('leaves out runs without an error, and needs two pairs', () => {
    expect(pairedRatio([0.1, null, 0.2], [0.2, 0.1, 0.4])!.pairs).toBe(2)
    expect(pairedRatio([0.1, null], [0.2, 0.3])).toBeNull()
    expect(() => pairedRatio([1], [1, 2])).toThrow('SHAPE_MISMATCH')
  })
})

describe('hasLearned', () => {
  it('needs an error below every control by more than the spread', () => {
    const errors = [0.01, 0.011, 0.012]
    const worse = [0.02, 0.023, 0.022]
    const noisy = [0.02, 0.01, 0.013]
    expect(hasLearned(errors, [worse])).toBe(true)
    expect(hasLearned(errors, [worse, noisy])).toBe(false)
    expect(hasLearned([0.01], [[0.02]])).toBeNull()
    expect(hasLearned(errors, [])).toBeNull()
  })
})
