import { describe, expect, it } from 'vitest'
import { symmetricEigen } from '../../src/index.js'

/** A symmetric matrix of these entries on and below its diagonal. */
const symmetric = (n: number, entry: (row: number, column: number) => number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, i) => {
    const [r, c] = [Math.floor(i / n), i % n]
    return entry(Math.max(r, c), Math.min(r, c))
  })

describe('symmetricEigen', () => {
  it.each([
    ['of one entry', 1, symmetric(1, () => -3)],
    ['of any entries', 7, symmetric(7, (r, c) => Math.sin(1 + r * 3.1 + c * c))],
    ['of rank 1', 5, symmetric(5, (r, c) => (r + 1) * (c + 1))],
    ['of equal eigenvalues', 6, symmetric(6, (r, c) => (r === c ? 2 : 1))],
    ['that is diagonal', 4, symmetric(4, (r, c) => (r === c ? r : 0))],
    ['whose eigenvalues fall to rounding', 60, symmetric(60, (r, c) => Math.exp(-(((r - c) / 15) ** 2)))],
  ])('finds A v = λ v and orthonormal vectors of a matrix %s', (_, n, a) => {
    const { values, vectors } = symmetricEigen(a, n)
    const row = (m: Float64Array, i: number): Float64Array => m.subarray(i * n, (i + 1) * n)
    const dot = (u: Float64Array, v: Float64Array): number => u.reduce((sum, x, i) => sum + x * v[i]!, 0)
    for (let k = 0; k < n; k++) {
      const v = row(vectors, k)
      if (k > 0) expect(values[k - 1]!).toBeGreaterThanOrEqual(values[k]!)
      expect(Math.max(...v)).toBeGreaterThanOrEqual(-Math.min(...v))
      for (let i = 0; i < n; i++) {
        expect(dot(row(a, i), v)).toBeCloseTo(values[k]! * v[i]!, 12)
        expect(dot(row(vectors, i), v)).toBeCloseTo(i === k ? 1 : 0, 12)
      }
    }
  })
})
