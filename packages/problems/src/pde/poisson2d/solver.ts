import { conjugateGradients } from '../../numerics/conjugateGradients.js'

/** Options of {@link solvePoissonOnL}. */
export type PoissonOnL = {
  /** Cells along a unit. */
  readonly cells: number
  readonly source: (x: number, y: number) => number
}

/**
 * −Δu = f on [−1, 1]² without [0, 1] × [−1, 0], u = 0 on the boundary, by the five-point formula and conjugate
 * gradients. The error is O(h²) for smooth solutions, and O(h^(4/3)) where the corner makes the solution singular.
 *
 * @returns the solution, bilinear between the nodes
 */
export function solvePoissonOnL({ cells, source }: PoissonOnL): (x: number, y: number) => number {
  const n = 2 * cells + 1
  const h = 1 / cells
  const free = (i: number, j: number): boolean =>
    i > 0 && j > 0 && i < n - 1 && j < n - 1 && !(i >= cells && j <= cells)
  const mask = new Uint8Array(n * n)
  const b = new Float64Array(n * n)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      if (free(i, j)) {
        mask[i * n + j] = 1
        b[i * n + j] = h * h * source(-1 + i * h, -1 + j * h)
      }
  const u = conjugateGradients((x, y) => fivePoints(x, y, mask, n), b)
  return (x, y) => {
    const [px, py] = [(x + 1) / h, (y + 1) / h]
    const i = Math.min(n - 2, Math.max(0, Math.floor(px)))
    const j = Math.min(n - 2, Math.max(0, Math.floor(py)))
    const [s, t] = [px - i, py - j]
    const at = (a: number, c: number): number => u[(i + a) * n + j + c]!
    return (1 - s) * ((1 - t) * at(0, 0) + t * at(0, 1)) + s * ((1 - t) * at(1, 0) + t * at(1, 1))
  }
}

/** y = 4x − the four neighbours, at the free nodes of an n × n grid; 0 elsewhere. */
function fivePoints(x: Float64Array, y: Float64Array, mask: Uint8Array, n: number): void {
  for (let k = n; k < n * (n - 1); k++)
    y[k] = mask[k] === 1 ? 4 * x[k]! - x[k - 1]! - x[k + 1]! - x[k - n]! - x[k + n]! : 0
}
