import { SpikewardError } from '@spikeward/core'
import { banded, solveBanded } from '../../numerics/solveBanded.js'

/** Options of {@link solveCavity}. */
export type SolveCavityOptions = {
  readonly reynolds: number
  /** Cells along each axis. */
  readonly cells: number
  /** Velocity of the lid at x. */
  readonly lid: (x: number) => number
  /** The right-hand side f of the equation. Default 0. */
  readonly source?: (x: number, y: number) => number
}

/** Newton steps, and the largest change of ψ in the last one. */
const [STEPS, TOLERANCE] = [30, 1e-12]

/**
 * Steady flow in the unit square whose upper side moves, by its stream function (u = ψ_y, v = −ψ_x):
 *
 *     Δ²ψ/Re − ψ_y (Δψ)_x + ψ_x (Δψ)_y = f,   ψ = 0 and ∂ψ/∂n = 0 on the border, but ψ_y = lid(x) at y = 1
 *
 * Central differences: Δψ at all nodes by the five-point formula, with values outside the square from the condition on
 * ∂ψ/∂n, and the same formula once more for Δ²ψ. Newton's method from rest, its banded systems by elimination. Error:
 * O(h²) for smooth solutions.
 *
 * @returns ψ at the (cells + 1)² nodes, x-major
 * @throws SOLVER_DIVERGED if Newton's method does not converge
 */
export function solveCavity({ reynolds, cells, lid, source }: SolveCavityOptions): Float64Array {
  const n = cells + 1
  const h = 1 / cells
  const inner = cells - 1
  const psi = new Float64Array(n * n)
  const isInside = (i: number, j: number): boolean => i > 0 && j > 0 && i < cells && j < cells
  const unknown = (i: number, j: number): number => (i - 1) * inner + j - 1

  /** The nodes and weights of Δψ at a node: outside values are mirrored, and those of the nodes on the border are 0. */
  const laplacian = (i: number, j: number): [i: number, j: number, weight: number][] =>
    (
      [
        [i - 1, j, 1],
        [i + 1, j, 1],
        [i, j - 1, 1],
        [i, j + 1, 1],
        [i, j, -4],
      ] as const
    )
      .map(([a, b, w]): [number, number, number] => [mirror(a, cells), mirror(b, cells), w / (h * h)])
      .filter(([a, b]) => isInside(a, b))
  const terms = Array.from({ length: n * n }, (_, k) => laplacian(Math.floor(k / n), k % n))
  const moving = (i: number, j: number): number => (j === cells ? (2 / h) * lid(i * h) : 0)

  for (let step = 0; step < STEPS; step++) {
    const w = Float64Array.from({ length: n * n }, (_, k) =>
      terms[k]!.reduce((sum, [a, b, c]) => sum + c * psi[a * n + b]!, moving(Math.floor(k / n), k % n)),
    )
    const matrix = banded(inner * inner, 2 * inner)
    const change = new Float64Array(inner * inner)
    for (let i = 1; i < cells; i++)
      for (let j = 1; j < cells; j++) {
        const row = unknown(i, j)
        const k = i * n + j
        const put = (a: number, b: number, value: number): void => {
          if (isInside(a, b)) matrix.entries[row * (4 * inner + 1) + unknown(a, b) - row + 2 * inner]! += value
        }
        const slope = (f: Float64Array, by: number): number => (f[k + by]! - f[k - by]!) / (2 * h)
        const [px, py, wx, wy] = [slope(psi, n), slope(psi, 1), slope(w, n), slope(w, 1)]
        const spread = 1 / (reynolds * h * h)
        // The row of the equation in Δψ: the weights of its neighbours for fixed ψ.
        const neighbours = [
          [i + 1, j, spread - py / (2 * h)],
          [i - 1, j, spread + py / (2 * h)],
          [i, j + 1, spread + px / (2 * h)],
          [i, j - 1, spread - px / (2 * h)],
          [i, j, -4 * spread],
        ] as const
        let residual = -(source?.(i * h, j * h) ?? 0)
        for (const [a, b, c] of neighbours) {
          residual += c * w[a * n + b]!
          for (const [p, q, d] of terms[a * n + b]!) put(p, q, c * d)
        }
        put(i, j + 1, -wx / (2 * h))
        put(i, j - 1, wx / (2 * h))
        put(i + 1, j, wy / (2 * h))
        put(i - 1, j, -wy / (2 * h))
        change[row] = -residual
      }
    solveBanded(matrix, change)
    let most = 0
    for (let i = 1; i < cells; i++)
      for (let j = 1; j < cells; j++) {
        const by = change[unknown(i, j)]!
        psi[i * n + j]! += by
        most = Math.max(most, Math.abs(by))
      }
    if (most < TOLERANCE) return psi
    if (!Number.isFinite(most)) break
  }
  throw new SpikewardError(
    'SOLVER_DIVERGED',
    `cavity at Re = ${reynolds} on ${cells} cells: Newton's method does not converge in ${STEPS} steps; give a smaller Reynolds number or more cells`,
  )
}

/** A node outside of 0 … cells, mirrored at the border. */
const mirror = (i: number, cells: number): number => (i < 0 ? -i : i > cells ? 2 * cells - i : i)
