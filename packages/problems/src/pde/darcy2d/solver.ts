import { conjugateGradients } from '../../numerics/conjugateGradients.js'

/** Options of {@link solveDarcy}. */
export type SolveDarcyOptions = {
  /** Cells along each axis. */
  readonly cells: number
  /** a at the (cells + 1)² nodes of the unit square, row-major. */
  readonly permeability: Float64Array
  /** f at the same nodes. */
  readonly source: Float64Array
}

/**
 * −∇·(a ∇u) = f on the unit square, u = 0 on the border, by finite volumes around the nodes and conjugate gradients,
 * scaled by the diagonal. The flux between two nodes is that of two layers in series: its coefficient is the harmonic
 * mean of a at the nodes. Error: O(h²) where a is smooth, O(h) where it jumps between nodes.
 *
 * @returns u at the nodes, row-major
 */
export function solveDarcy({ cells, permeability: a, source }: SolveDarcyOptions): Float64Array {
  const n = cells + 1
  const h = 1 / cells
  const mean = (p: number, q: number): number => (2 * a[p]! * a[q]!) / (a[p]! + a[q]!)
  const [right, up] = [new Float64Array(n * n), new Float64Array(n * n)]
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const k = i * n + j
      if (i < n - 1) right[k] = mean(k, k + n)
      if (j < n - 1) up[k] = mean(k, k + 1)
    }
  const b = new Float64Array(n * n)
  for (let i = 1; i < n - 1; i++) for (let j = 1; j < n - 1; j++) b[i * n + j] = h * h * source[i * n + j]!
  const diagonal = new Float64Array(n * n)
  for (let i = 1; i < n - 1; i++)
    for (let j = 1; j < n - 1; j++) {
      const k = i * n + j
      diagonal[k] = right[k]! + right[k - n]! + up[k]! + up[k - 1]!
    }
  const apply = (x: Float64Array, y: Float64Array): void => {
    for (let i = 1; i < n - 1; i++)
      for (let j = 1; j < n - 1; j++) {
        const k = i * n + j
        y[k] =
          right[k]! * (x[k]! - x[k + n]!) +
          right[k - n]! * (x[k]! - x[k - n]!) +
          up[k]! * (x[k]! - x[k + 1]!) +
          up[k - 1]! * (x[k]! - x[k - 1]!)
      }
  }
  return conjugateGradients(apply, b, diagonal)
}
