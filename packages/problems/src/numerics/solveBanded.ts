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
