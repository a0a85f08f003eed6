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
