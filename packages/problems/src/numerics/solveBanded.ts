/** A square matrix of which only the diagonals from −`below` to `below` are stored. */
export type Banded = {
  readonly size: number
  readonly below: number
  /** Flat [size, 2 below + 1]: entry (i, j) is at i (2 below + 1) + j − i + below. */
  readonly entries: Float64Array
}

/** A banded matrix of zeros. */
export const banded = (size: number, below: number): Banded => ({
  size,
  below,
  entries: new Float64Array(size * (2 * below + 1)),
})

/**
 * Solves Ax = b in place by elimination without pivoting: for matrices whose leading minors are far from singular, such
 * as those of a biharmonic operator. `b` becomes x; the entries are overwritten by their factors. It takes 2 · size ·
 * below² operations.
 */
export function solveBanded({ size, below, entries }: Banded, b: Float64Array): void {
  const width = 2 * below + 1
  for (let k = 0; k < size; k++) {
    const row = k * width + below
    const last = Math.min(below, size - 1 - k)
    for (let i = 1; i <= last; i++) {
      const at = (k + i) * width + below - i
      const factor = entries[at]! / entries[row]!
      entries[at] = factor
      if (factor === 0) continue
      for (let j = 1; j <= last; j++) entries[at + j]! -= factor * entries[row + j]!
      b[k + i]! -= factor * b[k]!
    }
  }
  for (let k = size - 1; k >= 0; k--) {
    const row = k * width + below
    let sum = b[k]!
    for (let j = 1; j <= Math.min(below, size - 1 - k); j++) sum -= entries[row + j]! * b[k + j]!
    b[k] = sum / entries[row]!
  }
}

/**
 * Solves lowerᵢ xᵢ₋₁ + diagonalᵢ xᵢ + upperᵢ xᵢ₊₁ = rhsᵢ in place by Thomas' elimination, without pivoting: for
 * matrices that are diagonally dominant. `rhs` becomes x; `diagonal` is overwritten; lower₀ and the last of `upper` are
 * not read.
 */
export function solveTridiagonal(
  lower: Float64Array,
  diagonal: Float64Array,
  upper: Float64Array,
  rhs: Float64Array,
): void {
  const n = rhs.length
  for (let i = 1; i < n; i++) {
    const m = lower[i]! / diagonal[i - 1]!
    diagonal[i]! -= m * upper[i - 1]!
    rhs[i]! -= m * rhs[i - 1]!
  }
  rhs[n - 1]! /= diagonal[n - 1]!
  for (let i = n - 2; i >= 0; i--) rhs[i] = (rhs[i]! - upper[i]! * rhs[i + 1]!) / diagonal[i]!
}
