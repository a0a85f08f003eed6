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

/** The share of the fill-in that the factors move to their diagonal: slightly less than all keeps it positive. */
const MOVED = 0.98

/**
 * −∇·(a ∇u) = f on the unit square, u = 0 on the border, by finite volumes around the nodes and conjugate gradients,
 * preconditioned by modified incomplete Cholesky factors (Gustafsson 1978). The flux between two nodes is that of two
 * layers in series: its coefficient is the harmonic mean of a at the nodes. Error: O(h²) where a is smooth, O(h) where
 * it jumps between nodes.
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
  const interior = (visit: (k: number) => void): void => {
    for (let i = 1; i < n - 1; i++) for (let j = 1; j < n - 1; j++) visit(i * n + j)
  }
  interior((k) => (diagonal[k] = right[k]! + right[k - n]! + up[k]! + up[k - 1]!))
  // Values on the border are 0, and no factor couples to them.
  for (let i = 0; i < n; i++) right[i] = right[(n - 2) * n + i] = up[i * n] = up[i * n + n - 2] = 0
  const inverse = new Float64Array(n * n)
  interior((k) => {
    const [r, u] = [right[k - n]! * inverse[k - n]!, up[k - 1]! * inverse[k - 1]!]
    const filled = r * up[k - n]! + u * right[k - 1]!
    inverse[k] = 1 / (diagonal[k]! - r * right[k - n]! - u * up[k - 1]! - MOVED * filled)
  })
  const apply = (x: Float64Array, y: Float64Array): void => {
    for (let i = 1; i < n - 1; i++)
      for (let k = i * n + 1; k < i * n + n - 1; k++)
        y[k] =
          diagonal[k]! * x[k]! -
          (right[k]! * x[k + n]! + right[k - n]! * x[k - n]! + up[k]! * x[k + 1]! + up[k - 1]! * x[k - 1]!)
  }
  // (P + L) P⁻¹ (P + Lᵀ) z = r, P the pivots and L the part of A below its diagonal.
  const precondition = (r: Float64Array, z: Float64Array): void => {
    for (let k = n + 1; k < n * n - n - 1; k++)
      z[k] = (r[k]! + right[k - n]! * z[k - n]! + up[k - 1]! * z[k - 1]!) * inverse[k]!
    for (let k = n * n - n - 2; k > n; k--) z[k]! += (right[k]! * z[k + n]! + up[k]! * z[k + 1]!) * inverse[k]!
  }
  return conjugateGradients(apply, b, precondition)
}
